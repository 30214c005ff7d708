"""A shop whose pages have bells, under a policy that lets nothing in but its own files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask, render_template_string, request
from playwright.sync_api import Locator, Page, expect

from flask_novu import Novu
from novu_core import Registry
from novu_core.testing import NovuEnvironment
from tests.browser.watch import Watch

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css">
<header>{% for who in people %}{{ novu_inbox(who, **options) }}{% endfor %}</header>
<h1>Shop</h1><label>Search <input></label><script src="/page.js" nonce="abc"></script>"""
STYLE = "header { display: flex; justify-content: flex-end } h1 { margin-top: 60vh }"
HEARD = """
window.heard = [];
for (const name of ["count", "message", "open", "toggle", "error"])
  addEventListener("novu:" + name, (event) => heard.push([name, event.detail]));
"""


class Shop:
    """The shop as served. ``env`` moves its clock and reads its store; people are told things by :meth:`tell`."""

    def __init__(self, app: Flask, env: NovuEnvironment, address: str, workflow: Any) -> None:
        self.app = app
        self.env = env
        self.address = address
        self._workflow = workflow

    def tell(self, who: str = "ada", **content: Any) -> str:
        """Put a message into somebody's inbox; return its id."""
        self._workflow.trigger(who, {"body": "Hello", **content})
        return self.messages(who)[0].message_id

    def messages(self, who: str = "ada") -> list[Any]:
        return list(self.env.client.inbox(who).list(archived=None))

    def open(self, page: Page, *people: str, **options: Any) -> Locator:
        """Open a page with a bell for each of the people; return the first bell."""
        query = "&".join(
            [f"who={who}" for who in people or ["ada"]] + [f"{key}={value}" for key, value in options.items()]
        )
        page.goto(f"{self.address}/?{query}")
        return bell_of(page)


def bell_of(page: Page, nth: int = 0) -> Locator:
    """The button of a bell, whatever its count."""
    return page.locator("novu-inbox").nth(nth).get_by_role("button", name="Notifications")


def rows(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Notifications").get_by_role("listitem")


def shop_app() -> Flask:
    """Pages with bells for ``?who=``; any other argument is an option of the bell."""
    app = Flask("shop")
    app.config.update(TESTING=True, SECRET_KEY="s", POLICY="default-src 'self'")

    @app.get("/")
    def page():
        options: dict[str, Any] = request.args.to_dict()
        people = request.args.getlist("who")
        options.pop("who")
        text = render_template_string(PAGE, people=people, options=options)
        return text, {"content-security-policy": app.config["POLICY"]}

    app.add_url_rule("/style.css", "style", lambda: (STYLE, {"content-type": "text/css"}))
    app.add_url_rule("/page.js", "script", lambda: (HEARD, {"content-type": "text/javascript"}))
    app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    app.add_url_rule("/orders/<number>", "order", lambda number: f"<!doctype html><h1>Order {number}</h1>")
    return app


def telling(registry: Registry) -> Any:
    """A workflow that puts its payload into the inbox."""

    @registry.workflow("told")
    def told(payload, step):
        step.in_app("bell", dict(payload), disable_output_sanitization=True)

    return told


@pytest.fixture
def shop(serve) -> Iterator[Shop]:
    registry = Registry()
    workflow = telling(registry)
    app = shop_app()
    Novu().init_app(app, workflows=registry)
    with NovuEnvironment(app=app) as env:
        yield Shop(app, env, serve(app), workflow)


def unread(bell: Locator, number: int | str) -> None:
    """Wait for a bell to show this many."""
    expect(bell).to_have_accessible_name(f"Notifications, {number} unread" if number else "Notifications")


def without_sockets(app: Flask):
    """The app as a server runs it that hands no socket over."""

    def serve(environ, start_response):
        environ.pop("werkzeug.socket", None)
        return app(environ, start_response)

    return serve


@pytest.fixture
def silent(serve, watch):
    """A shop without live updates, where Chromium reports that each socket is refused."""
    watch.expect("WebSocket connection to .* 501")
    registry = Registry()
    workflow = telling(registry)
    app = shop_app()
    Novu().init_app(app, workflows=registry)
    with NovuEnvironment(app=app) as env:
        yield Shop(app, env, serve(without_sockets(app)), workflow)


def stop_clock(page: Page) -> None:
    """From now on the page's timers go by ``page.clock.run_for`` alone."""
    page.clock.install(time=NOON)
    page.clock.pause_at(NOON + timedelta(seconds=1))


def asked_first(shop: Shop, page: Page, watch: Watch, **options) -> Locator:
    """Open a page whose socket is refused, and wait until it has asked and set its timer."""
    stop_clock(page)
    with page.expect_request_finished(lambda request: "/count?" in request.url):
        bell = shop.open(page, **options)
    page.evaluate("fetch('/favicon.ico')")
    assert len(watch.asked("/count?")) == 1
    return bell


def heard(page: Page, name: str) -> list:
    return page.evaluate("name => heard.filter(([each]) => each === name).map(([, detail]) => detail)", name)
