"""Apps on loopback, in threads of this process, so that a test moves their clock and reads their store."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from werkzeug.serving import make_server


@contextmanager
def served_by() -> Iterator[Callable[..., str]]:
    """Give what serves a WSGI app and returns its address, without a slash."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with ExitStack() as stack:

        def start(app: Any, threaded: bool = True) -> str:
            server = make_server("127.0.0.1", 0, app, threaded=threaded)
            server.daemon_threads = True  # a socket's thread may outlive its test
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start
