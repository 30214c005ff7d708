"""A web server of this process that answers as a service documents, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs


class Web:
    """``answers``: (status, headers, body) in order, the last one for all that follow; a body may be JSON.

    ``requests`` have a path, headers and a body; ``connections`` counts what was opened.
    """

    def __init__(self):
        self.requests = []
        self.answers = [(200, {}, b"")]
        self.connections = 0
        self.port = 0
        self.scheme = "http"

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def answer(self, status, body=b"", **headers):
        self.answers = [(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)]

    def next(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def last(self):
        return self.requests[-1]


def _request(handler, body):
    return SimpleNamespace(
        path=handler.path,
        headers=handler.headers,
        body=body,
        json=lambda: json.loads(body),
        form=lambda: parse_qs(body.decode(), keep_blank_values=True, strict_parsing=True),
    )


@contextmanager
def web(context=None):
    """Run one; ``context``: a server's for TLS."""
    made = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            made.connections += 1
            super().setup()

        def do_POST(self):
            made.requests.append(_request(self, self.rfile.read(int(self.headers["Content-Length"] or 0))))
            status, headers, body = made.next()
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST

        def log_message(self, *args):
            """Quiet."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            """A client that hangs up is part of these tests."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_port
        if context is not None:
            made.scheme = "https"
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
