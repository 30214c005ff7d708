"""An app with a Studio, on a clock that the tests move, and which its pages go by too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from flask_novu import Novu
from novu_core import Registry
from novu_core.delivery import Message
from novu_core.errors import DeliveryError
from novu_core.testing import NovuEnvironment


class Mailer:
    """A provider of e-mail that is down when it is told to be."""

    channels = ("email",)

    def __init__(self, name: str, down: bool = False) -> None:
        self.name = name
        self.down = down

    def send(self, message: Message) -> None:
        if self.down:
            raise DeliveryError(f"{self.name} is down")


DRAWN = "() => new Promise((done) => setTimeout(done))"
"""By then the page has drawn the view of its address, in the place of the one before it."""


class Studio:
    """The app as served. ``env`` moves its clock and reads its store."""

    def __init__(self, app: Flask, env: NovuEnvironment, address: str) -> None:
        self.app = app
        self.env = env
        self.client = env.client
        self.address = address

    def open(self, page: Page, view: str = "") -> None:
        """Open a view, at the time of the app's clock."""
        page.clock.set_fixed_time(self.env.clock.now())
        page.goto(f"{self.address}/api/novu/studio{view and '#/'}{view}")
        page.evaluate(DRAWN)
        expect(page.get_by_role("heading", level=1)).to_be_focused()

    def advance(self, page: Page, **amount: float) -> None:
        """Let time pass here and there."""
        self.env.advance(**amount)
        page.clock.set_fixed_time(self.env.clock.now())

    def trigger(self, workflow: str, to: Any = "ada", **payload: Any) -> str:
        """Run a workflow; return the id of its run."""
        return self.client.trigger(workflow, to=to, payload=payload).executions[0].execution_id


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def make_studio(serve) -> Iterator[Callable[..., Studio]]:
    with ExitStack() as stack:

        def make(
            registry: Registry,
            mailers: list[Mailer] | None = None,
            config: dict[str, Any] | None = None,
            store: str = "sqlite://",
            **settings: Any,
        ) -> Studio:
            app = Flask("app")
            app.config.update({"TESTING": True, "SECRET_KEY": "s", **(config or {})})
            app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
            Novu().init_app(app, workflows=registry, **{"studio": "on", **settings})
            given = {"NOVU_DELIVERY": {"email": mailers}} if mailers else {}
            env = stack.enter_context(NovuEnvironment(app=app, settings={"NOVU_STORE_URL": store, **given}))
            return Studio(app, env, serve(app))

        yield make


def timeline(page: Page) -> Locator:
    """The rows of a run's timeline."""
    return page.get_by_role("list", name="Timeline").locator("> li")


def previewed(page: Page) -> Locator:
    """The preview of a step, once it is that of all that stands in the fields."""
    region = page.get_by_role("region", name="Preview")
    expect(page.get_by_text("Loading …")).to_have_count(0)
    expect(region).to_have_attribute("aria-busy", "false")
    return region


def said(page: Page) -> Locator:
    """The sentence that says what became of a run."""
    return page.get_by_role("status").first
