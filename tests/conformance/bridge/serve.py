"""Serves a corpus's workflows, for a comparison over HTTP:

python -m tests.conformance.bridge.serve --workflows FILE --framework flask|fastapi|django|django-asgi --port N [--api-url URL]

prints ``{"ready": true, "port": N}`` when it accepts connections. Mounts: /open, /strict, /raw-open, /raw-strict.
"""

from __future__ import annotations

import argparse
import json
import logging
import socket
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from tests.conformance.bridge.apps import FRAMEWORKS, WSGI
from tests.conformance.bridge.dsl import build
from tests.conformance.bridge.fake_api import fake_api


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until interrupted. Without ``--api-url`` a fake Novu API of our own takes the triggers."""
    options = _arguments(argv)
    workflows = build(json.loads(options.workflows.read_text("utf-8")))
    with nullcontext(options.api_url) if options.api_url else fake_api() as api_url:
        app = FRAMEWORKS[options.framework](workflows, api_url)
        with socket.create_server(("127.0.0.1", options.port), backlog=128) as listener:
            print(json.dumps({"ready": True, "port": listener.getsockname()[1]}), flush=True)
            _serve_wsgi(app, listener) if options.framework in WSGI else _serve_asgi(app, listener)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.bridge.serve", description=__doc__)
    parser.add_argument("--workflows", type=Path, required=True, help="a workflows.json in the corpus's language")
    parser.add_argument("--framework", choices=sorted(FRAMEWORKS), default="flask")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--api-url", help="the Novu API that ?action=trigger posts to")
    return parser.parse_args(argv)


def _serve_wsgi(app: Any, listener: socket.socket) -> None:
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    host, port = listener.getsockname()
    make_server(host, port, app, threaded=True, fd=listener.fileno()).serve_forever()


def _serve_asgi(app: Any, listener: socket.socket) -> None:
    import uvicorn

    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
