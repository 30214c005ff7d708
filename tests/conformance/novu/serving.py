"""A served app, for clients that are programs of their own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from flask_novu import Novu
from novu_core import Client, Registry
from tests.conformance.frameworks.conftest import KEY


@contextmanager
def served(registry: Registry, **settings: Any) -> Iterator[tuple[str, Client]]:
    """Serve a Flask app on loopback with a worker; give the address of its prefix, and its client."""
    app = Flask("served")
    given = {"store_url": "sqlite://", "worker": "none", "secret_key": KEY, "delivery": {"email": "console://"}}
    Novu().init_app(app, workflows=registry, **{**given, **settings})
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    client = app.extensions["novu"]
    client.start_worker()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/novu", client
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        client.close()
