"""What a browser complains of, or asks elsewhere for, while a test has its pages open."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebSocket

LOOPBACK = {"127.0.0.1", "localhost"}


class Watch:
    """Hears every page of a context. ``faults``: what no test expected, in words, and ``expected``."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self.faults: list[str] = []
        self.requests: list[Request] = []
        self.sockets: list[WebSocket] = []
        self.expected: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        context.on("console", self._console)
        context.on("weberror", lambda fault: self._note(f"page error: {fault.error}"))
        context.on("request", lambda request: self.requests.append(request))
        context.on("requestfinished", self._request)
        context.on("requestfailed", lambda request: request.failure == "csp" or self._request(request))
        context.on("page", self._page)

    def expect(self, pattern: str) -> None:
        """Let a complaint pass that the test is about, from now on."""
        self._expected.append(re.compile(pattern))

    def until(self, true: Callable[[], object]) -> None:
        """Wait for what the pages do, at most thirty seconds: only while it is asked does Playwright hear them."""
        end = time.monotonic() + 30
        while not true():
            assert time.monotonic() < end
            self._context.pages[0].wait_for_timeout(5)

    def asked(self, path: str) -> list[Request]:
        """Return the requests so far whose address contains ``path``."""
        return [request for request in self.requests if path in request.url]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host and host not in LOOPBACK:
            self._note(f"a request to another host: {request.url}")

    def _page(self, page: Page) -> None:
        page.on("websocket", lambda socket: self.sockets.append(socket))

    def _note(self, fault: str) -> None:
        known = any(pattern.search(fault) for pattern in self._expected)
        (self.expected if known else self.faults).append(fault)
