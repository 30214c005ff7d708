"""The example app as `make serve` shows it: somebody comments, and the author's bell moves at once."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from example_app import create_app
from tests.browser.bell.conftest import bell_of, rows, unread


def log_in(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(f"{name.lower()}@example.org")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text(name, exact=True)).to_be_visible()


def test_a_comment_rings_the_authors_bell(serve, make_context, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("EXAMPLE_INSTANCE_PATH", str(tmp_path))
    app = create_app({"NOVU_DELIVERY": {"email": "console://"}, "NOVU_STRICT_AUTHENTICATION": False})
    app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    address = serve(app)
    ada, ben = make_context().new_page(), make_context().new_page()
    log_in(ada, address, "Ada")
    unread(bell_of(ada), 1)
    ada.get_by_label("Title").fill("Hello")
    ada.get_by_label("Text").fill("World")
    ada.get_by_role("button", name="Publish").click()
    expect(ada.get_by_role("heading", name="Hello")).to_be_visible()

    log_in(ben, address, "Ben")
    ben.get_by_role("link", name="Hello").click()
    ben.get_by_label("Comment").fill("Nice <b>one</b>")
    ben.get_by_role("button", name="Send").click()
    unread(bell_of(ada), 2)
    expect(ada.get_by_role("link", name="Inbox (2)")).to_be_visible()
    bell_of(ada).click()
    expect(rows(ada).first).to_contain_text("Nice <b>one</b>")
    rows(ada).first.get_by_role("button").first.click()
    expect(ada.get_by_role("heading", name="Hello")).to_be_visible()
    unread(bell_of(ada), 1)
    app.extensions["novu"].close()
