"""The metrics on a port of a worker's own, for a network that only the monitoring reaches: without a key."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import urlsplit

from novu_core.client import Client
from novu_core.errors import StoreError
from novu_core.http.rest.metrics import CONTENT_TYPE, exposition
from novu_core.integrations.terminal.addresses import authority, listening
from novu_core.lines import logger_of
from novu_core.threads import spawn

logger = logger_of(__name__)
_PATIENCE = 10
"""Seconds for a request to come."""


class MetricsServer(ThreadingTCPServer):
    """Answers ``GET /metrics`` in threads of its own, until :meth:`close`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, client: Client, host: str, port: int) -> None:
        """Listen. Raises Failure where the address cannot be had."""
        self.client = client
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with listening(host, port):
            super().__init__((host, port), _Answer)
        self.url = f"http://{authority(self.server_address)}/metrics"
        spawn("novu-metrics", self.serve_forever)

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log that somebody left before the answer."""
        logger.debug("The metrics could not be served", exc_info=True)


class _Answer(BaseHTTPRequestHandler):
    timeout = _PATIENCE

    def do_GET(self) -> None:  # BaseHTTPRequestHandler looks for this name
        """Answer with the metrics; 503 where the store does not answer."""
        if urlsplit(self.path).path != "/metrics":
            self._send(404, "Ask for /metrics.\n")
            return
        server = self.server
        assert isinstance(server, MetricsServer)
        try:
            text = exposition(server.client.metrics.collect())
        except StoreError as error:
            logger.warning("The metrics could not be read from the store: %s", error)
            self._send(503, "The store does not answer.\n")
            return
        self._send(200, text)

    def _send(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep scrapes out of the log."""
