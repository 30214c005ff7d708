"""Every view on a phone, in the dark, zoomed and read by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.novu.conftest import modules

__all__ = ["modules"]

ADA = {"subscriberId": "ada", "firstName": "Ada", "email": "ada@example.org"}
LONG = "an-order-whose-name-is-so-long-that-no-telephone-has-room-for-it-in-one-line"


@pytest.fixture
def studio(make_studio, registry):
    @registry.workflow(LONG, name="Orders", description="What became of an order.", tags=["shop"])
    def order(payload, step):
        step.in_app("bell", {"body": "b"})
        step.digest("collect", {"amount": 1, "unit": "hours"})
        step.email("mail", {"subject": "s", "body": "b"}, skip=lambda: True, control_schema=CONTROLS)

    @registry.workflow("broken")
    def broken(step):
        raise KeyError("no")

    studio = make_studio(registry, expose_errors=True)
    studio.waits = studio.trigger(LONG, ADA, secret="x" * 80, password="y", text="z" * 300)
    studio.trigger(LONG, ADA)
    studio.failed = studio.trigger("broken", ADA)
    return studio


CONTROLS = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "default": "x"},
        "switch": {"type": "boolean"},
        "numbers": {"type": "array", "items": {"type": "number"}, "default": [1]},
    },
}
VIEWS = [
    "overview", "workflows", "runs", "runs?status=failed", "runs?subscriber=nobody", "runs/waits", "runs/failed", "messages",
    "messages/one", "subscribers", "subscribers/ada", f"workflows/{LONG}", f"workflows/{LONG}/mail",
    f"workflows/{LONG}/collect",
]  # fmt: skip


def at(studio, view):
    one = next(iter(studio.client.messages.list())).message_id
    return view.replace("/one", f"/{one}").replace("/waits", f"/{studio.waits}").replace("/failed", f"/{studio.failed}")


def settled(page):
    expect(page.get_by_text("Loading …")).to_have_count(0)


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious(studio, page, modules, view):  # the fixture
    studio.open(page, at(studio, view))
    settled(page)
    page.evaluate((modules / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("axe.run().then(({ violations }) => violations)")
        assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == []


@pytest.mark.parametrize("width", [390, 320])  # a phone; 320 is 1280 at 400 % (a zoom of 200 % is wider)
def test_nothing_scrolls_sideways(studio, page, width):
    page.set_viewport_size({"width": width, "height": 800})
    for view in VIEWS:
        studio.open(page, at(studio, view))
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_the_login_is_read_by_axe_too(make_studio, registry, page, modules):
    studio = make_studio(registry, secret_key="key", strict_authentication=True)
    studio.open(page)
    page.evaluate((modules / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
    assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []
    page.keyboard.press("Tab")
    expect(page.get_by_label("Password or secret key")).to_be_focused()
