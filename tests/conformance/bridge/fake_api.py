"""A small Novu API: it echoes what it was sent, or fails as the workflow's name asks (as in the peer's oracle)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAILURES = {
    "api-401": (401, '{"statusCode":401,"message":"Unauthorized key","error":"Unauthorized"}'),
    "api-500": (500, '{"statusCode":500,"message":"oops","error":"Internal Server Error"}'),
    "api-422-list": (422, '{"statusCode":422,"message":["a","b"],"error":"Unprocessable"}'),
    "api-weird": (400, '{"nope":true}'),
    "api-html": (502, "<html>"),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        text = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.loads(text) if text else None
        status, answer = FAILURES.get((body or {}).get("name", ""), (201, self._echo(body)))
        raw = answer.encode()
        self.send_response(status)
        self.send_header("content-type", "text/html" if answer == "<html>" else "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_POST = do_DELETE = do_GET = _answer

    def _echo(self, body: Any) -> str:
        seen = {name: self.headers[name] for name in ("authorization", "content-type") if self.headers[name]}
        return json.dumps(
            {
                "data": {"acknowledged": True, "status": "processed", "transactionId": "txn_1"},
                "_seen": {"method": self.command, "url": self.path, "headers": seen, "body": body},
            }
        )

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@contextmanager
def fake_api() -> Iterator[str]:
    """Serve the API on a free port of this machine; give its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
