"""The pages behind the links of a mail: by keyboard alone, read by axe, on a phone, in two languages, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from flask_novu import Novu
from novu_core import Registry
from novu_core.testing import NovuEnvironment
from tests.browser.novu.conftest import modules
from tests.catalogues import compile_catalogue

__all__ = ["modules"]

LONG = "What became of an order whose name is so long that no telephone has room for it, " + "and-has-no-blanks" * 8
GERMAN = {
    "Do you want to unsubscribe?": "Möchten Sie sich abmelden?",
    "Unsubscribe from “{workflow}”": "Von „{workflow}“ abmelden",
    "You are unsubscribed": "Sie sind abgemeldet",
    "Manage your notifications": "Auswählen, was Sie bekommen",
    "Your notifications": "Ihre Benachrichtigungen",
    "Your preferences have been saved.": "Ihre Auswahl ist gespeichert.",
    "E-mail": "E-Mail",
    "Save": "Speichern",
    "News": "Neues",
}


class Site:
    """An app as its subscriber's browser sees it."""

    def __init__(self, env: NovuEnvironment) -> None:
        self.env = env
        self.preferences = env.client.preferences

    def mail(self, to: str = "ada") -> Any:
        """Send the news; return the newest mail, or None where the step was skipped."""
        before = len(self.env.outbox.email)
        self.env.trigger("news", to)
        return self.env.outbox.email[-1] if len(self.env.outbox.email) > before else None


@pytest.fixture
def site(serve, tmp_path: Path) -> Iterator[Site]:
    registry = Registry()

    @registry.workflow("news", name="News")
    def news(step):
        step.email("mail", {"subject": "s", "body": "b"})
        step.in_app("bell", {"body": "b"})

    @registry.workflow("orders", name=LONG)
    def orders(step):
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("alarm", name="Alarm", critical=True)
    def alarm(step):
        step.email("mail", {"subject": "s", "body": "b"})

    compile_catalogue(tmp_path / "translations", "de", GERMAN)
    app = Flask("shop", root_path=str(tmp_path))
    app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    address = serve(app)
    app.config.update(TESTING=True, NOVU_PUBLIC_URL=address, NOVU_SECRET_KEY="k")
    Novu(app, workflows=registry)
    with NovuEnvironment(app=app) as env:
        env.client.subscribers.upsert({"subscriberId": "ada", "email": "ada@example.org"})
        env.client.subscribers.upsert({"subscriberId": "eva", "email": "eva@example.org", "locale": "de_AT"})
        yield Site(env)


def press_until(page: Page, name: str, role: str = "button") -> None:
    """Go by the tabulator to what has this name."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.get_by_role(role, name=name, exact=True).evaluate_all(
            "all => all.some(it => it === document.activeElement)"
        ):
            return
    raise AssertionError(f"the keyboard does not reach {name!r}")


def test_unsubscribing_and_its_undoing_by_keyboard_alone(site, page):
    page.goto(site.mail().unsubscribe_url)
    expect(page.get_by_role("heading", name="Do you want to unsubscribe?")).to_be_visible()
    assert site.mail() is not None  # looking changed nothing
    press_until(page, "Unsubscribe from “News”")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("You are unsubscribed")
    assert page.title() == "You are unsubscribed"
    assert site.mail() is None
    press_until(page, "Resubscribe to “News”")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("You are subscribed to these e-mails again")
    assert site.mail() is not None


def test_the_preference_centre_by_keyboard_alone(site, page):
    page.goto(site.mail().unsubscribe_url)
    press_until(page, "Manage your notifications", "link")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your notifications")).to_be_visible()
    news = page.get_by_role("group", name="News", exact=True)
    expect(page.get_by_role("group", name="Alarm").get_by_label("E-mail")).to_be_disabled()
    expect(news.get_by_label("E-mail")).to_be_checked()
    while not news.get_by_label("E-mail").evaluate("it => it === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    press_until(page, "Save")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Your preferences have been saved.")
    expect(news.get_by_label("E-mail")).not_to_be_checked()
    expect(news.get_by_label("In the app")).to_be_checked()
    assert site.preferences.get("ada", "news") == {"channels": {"email": {"enabled": False}}}
    assert site.mail() is None


def test_all_at_once_and_one_of_them_again(site, page):
    page.goto(site.preferences.url("ada"))
    everything = page.get_by_role("group", name="All notifications")
    news = page.get_by_role("group", name="News", exact=True)
    everything.get_by_label("E-mail").uncheck()
    with page.expect_event("load"):
        page.get_by_role("button", name="Save").click()
    expect(news.get_by_label("E-mail")).not_to_be_checked()
    news.get_by_label("E-mail").check()
    with page.expect_event("load"):  # nothing else tells this page from the one before it
        page.get_by_role("button", name="Save").click()
    expect(everything.get_by_label("E-mail")).not_to_be_checked()
    expect(page.get_by_role("group", name=LONG).get_by_label("E-mail")).not_to_be_checked()
    assert site.mail() is not None


def test_in_german(site, page):
    page.goto(site.mail("eva").unsubscribe_url)
    assert page.locator("html").get_attribute("lang") == "de-AT"
    page.get_by_role("button", name="Von „Neues“ abmelden").click()
    expect(page.get_by_role("heading", name="Sie sind abgemeldet")).to_be_visible()
    page.get_by_role("link", name="Auswählen, was Sie bekommen").click()
    expect(page.get_by_role("group", name="Neues").get_by_label("E-Mail")).not_to_be_checked()
    page.get_by_role("group", name="Neues").get_by_label("E-Mail").check()
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("status")).to_have_text("Ihre Auswahl ist gespeichert.")
    assert site.mail("eva") is not None


def addresses(site: Site) -> list[str]:
    preferences = site.preferences
    found = [preferences.unsubscribe_url("ada", name) for name in ("news", "orders")]
    return [*found, preferences.url("ada"), found[0][:-1]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(site, page, watch, modules, scheme):  # the fixture
    watch.expect("404")
    page.emulate_media(color_scheme=scheme)
    for address in addresses(site):
        page.goto(address)
        page.evaluate((modules / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
        found = page.evaluate("axe.run().then(({ violations }) => violations)")
        assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == []
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)" if scheme == "light" else "rgb(23, 23, 27)"
        )


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_scrolls_sideways(site, page, watch, width):
    watch.expect("404")
    page.set_viewport_size({"width": width, "height": 800})
    for address in addresses(site):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        small = page.locator("button, label").evaluate_all(
            "all => all.filter(it => it.getBoundingClientRect().height < 44)"
        )
        assert small == []


def test_everything_works_without_scripts(site, make_context):
    page = make_context(java_script_enabled=False).new_page()
    page.goto(site.preferences.unsubscribe_url("ada", "news"))
    page.get_by_role("button", name="Unsubscribe from all e-mail").click()
    expect(page.get_by_role("heading", name="You are unsubscribed from all e-mail")).to_be_visible()
    page.get_by_role("link", name="Manage your notifications").click()
    page.get_by_role("group", name="All notifications").get_by_label("E-mail").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Your preferences have been saved.")
    assert site.mail() is not None


def test_no_page_can_frame_them(site, page, watch, serve):
    watch.expect("frame-ancestors|refused|X-Frame-Options")
    target = site.preferences.unsubscribe_url("ada", "news")

    def attacker(environ, start_response):
        start_response("200 OK", [("content-type", "text/html")])
        return [f'<!doctype html><title>x</title><iframe src="{target}"></iframe>'.encode()]

    page.goto(serve(attacker))
    page.wait_for_load_state("load")
    [_, frame] = page.frames
    assert "unsubscribe" not in frame.url or not frame.get_by_role("button").count()
