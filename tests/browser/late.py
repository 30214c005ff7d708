"""Answers that come late, on purpose: a race that a slow machine has by luck is had here every time."""

from __future__ import annotations

from playwright.sync_api import APIResponse, Page, Route

from tests.browser.watch import Watch


class Late:
    """Keeps the first answer of a path back: it was given when it was asked for, and comes when it is let go."""

    def __init__(self, page: Page, pattern: str, method: str = "GET") -> None:
        self._page = page
        self._method = method
        self._kept: list[tuple[Route, APIResponse]] = []
        page.route(pattern, self._route)

    def _route(self, route: Route) -> None:
        if self._kept or route.request.method != self._method:
            route.fallback()
        else:
            headers = {name: value for name, value in route.request.headers.items() if name != "if-none-match"}
            self._kept.append((route, route.fetch(headers=headers)))

    def wait(self, watch: Watch) -> None:
        """Wait until the answer is kept."""
        watch.until(lambda: self._kept)

    def let_go(self) -> None:
        """Have the answer come, and wait until the page has taken it."""
        [(route, answer)] = self._kept
        with self._page.expect_event("requestfinished", lambda request: request == route.request):
            route.fulfill(response=answer)
        # By the time that another one has come the page has read it, also where its clock stands still.
        self._page.evaluate("fetch(location.href).then((answer) => answer.text())")
