"""How a bell hears of what happens: by one socket of one tab, else by asking from time to time."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import expect

from flask_novu import Novu
from novu_core import Registry
from novu_core.inbox import bell as markup_of
from novu_core.testing import NovuEnvironment
from tests.browser.bell.conftest import asked_first, bell_of, heard, rows, shop_app, telling, unread

HIDE = """hidden => { Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
document.dispatchEvent(new Event("visibilitychange")) }"""


def test_a_message_is_there_at_once_and_nothing_is_asked_for_while_nothing_happens(shop, page, watch):
    bell = shop.open(page)
    watch.until(lambda: watch.sockets)
    unread(bell, 0)
    assert not watch.asked("/notifications")
    shop.tell(body="News")
    unread(bell, 1)
    page.wait_for_function("() => heard.some(([name]) => name === 'message')")
    assert [detail["message"]["body"] for detail in heard(page, "message")] == ["News"]


def test_an_open_list_grows_and_what_is_read_elsewhere_is_read_here(shop, page, make_context):
    shop.tell(body="Old")
    bell = shop.open(page)
    bell.click()
    expect(rows(page)).to_have_count(1)
    shop.env.advance(seconds=1)
    shop.tell(body="New")
    expect(rows(page)).to_have_count(2)
    elsewhere = make_context().new_page()
    shop.open(elsewhere).click()
    elsewhere.get_by_role("button", name="Mark all as read").click()
    unread(bell, 0)
    expect(page.get_by_role("img", name="Unread")).to_have_count(0)


def test_one_tab_of_many_listens_and_when_it_goes_the_next_one_does(shop, page, context, watch):
    shop.open(page)
    watch.until(lambda: len(watch.sockets) == 1)
    other = context.new_page()
    unread(shop.open(other, "ada", "ada"), 0)
    shop.tell()
    for bell in (bell_of(page), bell_of(other), bell_of(other, 1)):
        unread(bell, 1)
    assert len(watch.sockets) == 1
    page.close()
    other.wait_for_function("() => navigator.locks.query().then(({ held }) => held.length === 1)")
    shop.tell()
    unread(bell_of(other), 2)
    unread(bell_of(other, 1), 2)
    assert len(watch.sockets) == 2


def test_a_hidden_tab_lets_go_and_is_right_again_when_it_is_seen(shop, page, watch):
    bell = shop.open(page)
    watch.until(lambda: watch.sockets)
    page.evaluate(HIDE, True)
    page.wait_for_function("() => navigator.locks.query().then(({ held }) => held.length === 0)")
    shop.tell()
    page.evaluate(HIDE, False)
    unread(bell, 1)
    shop.tell()
    unread(bell, 2)


def test_without_a_socket_it_asks_every_15_seconds(silent, page, watch):
    bell = asked_first(silent, page, watch)
    silent.tell(body="News")
    page.clock.run_for(14_000)
    unread(bell, 0)
    page.clock.run_for(1_000)
    unread(bell, 1)
    page.wait_for_function("() => heard.some(([name]) => name === 'message')")
    assert [detail["message"]["body"] for detail in heard(page, "message")] == ["News"]
    assert len(watch.asked("/count?")) == 2
    assert len(watch.sockets) == 1


def test_how_often_is_the_pages_to_say(silent, page, watch):
    asked_first(silent, page, watch, poll="60")
    page.clock.run_for(59_000)
    assert len(watch.asked("/count?")) == 1
    page.clock.run_for(1_000)
    watch.until(lambda: len(watch.asked("/count?")) == 2)


def test_a_hidden_tab_asks_nothing(silent, page, watch):
    asked_first(silent, page, watch)
    page.evaluate(HIDE, True)
    page.clock.run_for(600_000)
    assert len(watch.asked("/count?")) == 1
    silent.tell()
    page.evaluate(HIDE, False)
    unread(bell_of(page), 1)


def test_of_two_tabs_one_asks(silent, page, context, watch):
    asked_first(silent, page, watch)
    other = context.new_page()
    unread(silent.open(other), 0)
    silent.tell()
    page.clock.run_for(15_000)
    unread(bell_of(page), 1)
    unread(bell_of(other), 1)
    assert len(watch.asked("/count?")) == 2
    assert len(watch.sockets) == 1


def test_a_token_that_has_run_out_is_told_once_and_nothing_is_asked_any_more(silent, page, watch):
    watch.expect("status of 401")
    bell = asked_first(silent, page, watch)
    silent.env.advance(days=16)
    page.clock.run_for(15_000)
    page.wait_for_function("() => heard.some(([name]) => name === 'error')")
    asked = len(watch.requests)
    page.clock.run_for(3_600_000)
    for hidden in (True, False):
        page.evaluate(HIDE, hidden)
    bell.click()
    expect(page.get_by_text("This cannot be loaded.")).to_be_visible()
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    assert [detail["status"] for detail in heard(page, "error")] == [401]
    assert len(watch.requests) == asked

    silent.tell()
    token = silent.env.client.inbox("ada").token()
    page.evaluate("token => document.querySelector('novu-inbox').setAttribute('token', token)", token)
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    unread(bell, 1)
    expect(page.get_by_text("This cannot be loaded.")).to_have_count(0)


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "eyJ9.x", "é"])
def test_what_is_no_token_is_told_once(shop, page, watch, token):
    watch.expect("status of 401")
    watch.expect("WebSocket connection to .* HTTP Authentication failed")
    bell = shop.open(page)
    page.evaluate("token => document.querySelector('novu-inbox').setAttribute('token', token)", token)
    if token:
        page.wait_for_function("() => heard.some(([name]) => name === 'error')")
    bell.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert len(heard(page, "error")) == bool(token)


def test_the_token_of_another_opens_another_inbox(shop, page):
    """A page that is given it shows nothing of whose it was."""
    shop.tell("ada", body="For Ada")
    bell = shop.open(page)
    bell.click()
    expect(page.get_by_text("For Ada")).to_be_visible()
    token = shop.env.client.inbox("ben").token()
    page.evaluate("token => document.querySelector('novu-inbox').setAttribute('token', token)", token)
    expect(page.get_by_text("For Ada")).to_have_count(0)
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    unread(bell, 0)
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()


FETCH = """async ([path, method, body]) => (await fetch(path, { method, body: JSON.stringify(body), headers: {
authorization: "Bearer " + document.querySelector("novu-inbox").getAttribute("token"),
"content-type": "application/json" } })).status"""
VERBS = ["read", "unread", "archive", "unarchive", "unsnooze", "snooze", "complete", "revert", "delete"]


def test_anothers_token_changes_no_message(shop, page, watch):
    watch.expect("status of 404")
    name = shop.tell("ada", primaryAction={"label": "Go"})
    before = shop.messages("ada")
    shop.open(page, "ben")
    for verb in VERBS:
        method = "DELETE" if verb == "delete" else "PATCH"
        body = {"snoozeUntil": "2026-01-06T09:00:00Z"} if verb == "snooze" else {"actionType": "primary"}
        path = f"/api/novu/v1/inbox/notifications/{name}/{verb}"
        assert page.evaluate(FETCH, [path, method, body]) == 404, verb
    for verb in ("seen", "read", "archive", "read-archive", "delete"):
        body = {"notificationIds": [name]} if verb == "seen" else {}
        assert page.evaluate(FETCH, [f"/api/novu/v1/inbox/notifications/{verb}", "POST", body]) == 204, verb
    assert shop.messages("ada") == before


def test_a_server_that_goes_and_comes_back(shop, page, context, watch):
    watch.expect("ERR_INTERNET_DISCONNECTED")
    bell = shop.open(page)
    watch.until(lambda: watch.sockets)
    bell.click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    context.set_offline(True)
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    expect(page.get_by_text("This cannot be loaded.")).to_be_visible()
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    assert len(heard(page, "error")) == 1
    context.set_offline(False)
    shop.tell()
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    unread(bell, 1)
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_text("This cannot be loaded.")).to_have_count(0)


def test_a_page_of_another_origin(serve, page, watch):
    """Its script, its requests and its socket go to the app, which names the origin."""
    pages = Flask("pages")
    element = {}
    pages.add_url_rule("/", "page", lambda: f"<!doctype html><title>Shop</title>{element['markup']}")
    pages.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    elsewhere = serve(pages)
    registry = Registry()
    workflow = telling(registry)
    app = shop_app()
    Novu().init_app(app, workflows=registry, cors_origins=[elsewhere], strict_authentication=True, secret_key="key")
    with NovuEnvironment(app=app) as env:
        address = serve(app)
        element["markup"] = markup_of(env.client, f"{address}/api/novu/inbox.js", "ada", archive=True)
        page.goto(elsewhere)
        watch.until(lambda: watch.sockets)
        workflow.trigger("ada", {"body": "News"})
        unread(bell_of(page), 1)
        bell_of(page).click()
        rows(page).get_by_role("button", name="News").click()
        unread(bell_of(page), 0)
        page.get_by_role("button", name="Archive").click()
        expect(page.get_by_text("Nothing here yet.")).to_be_visible()
