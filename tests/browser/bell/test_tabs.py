"""Which of several counts is told, of one tab or of two: the newest, whichever comes first."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bell.conftest import asked_first, bell_of, heard, rows, unread
from tests.browser.late import Late

REFRESH = "void document.querySelector('novu-inbox').refresh()"


def counts(page: Page) -> list[int]:
    return [detail["unread"] for detail in heard(page, "count")]


@pytest.fixture
def tabs(silent, page, context, watch):
    """Two tabs that show one unread message, of which the first one asks."""
    silent.tell()
    asked_first(silent, page, watch)
    other = context.new_page()
    unread(silent.open(other), 1)
    for tab in (page, other):
        tab.evaluate("heard.length = 0")
    return page, other


@pytest.mark.parametrize("way", ["all", "one", "archive"])
def test_a_count_that_another_tab_has_overtaken_is_asked_for_again(tabs, watch, way):
    page, other = tabs
    late = Late(page, "**/count?*")
    page.evaluate(REFRESH)
    late.wait(watch)
    other.evaluate("document.querySelector('novu-inbox').setAttribute('archive', '')")
    bell_of(other).click()
    expect(rows(other)).to_have_count(1)
    name = {"all": "Mark all as read", "one": "Hello", "archive": "Archive"}[way]
    other.get_by_role("button", name=name).click()
    for tab in tabs:
        unread(bell_of(tab), 0)
    asked = len(watch.asked("/count?"))
    late.let_go()
    watch.until(lambda: len(watch.asked("/count?")) == asked + 1)
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    other.evaluate("document.querySelector('novu-inbox').refresh()")
    assert [counts(tab) for tab in tabs] == [[0], [0]]


def test_what_another_tab_tells_does_not_hide_a_newer_count(silent, tabs, watch):
    page, other = tabs
    silent.tell()
    older, newer = Late(other, "**/count?*"), Late(page, "**/count?*")
    other.evaluate(REFRESH)
    older.wait(watch)
    silent.env.client.inbox("ada").mark_all(read=True)
    page.evaluate(REFRESH)
    newer.wait(watch)
    older.let_go()
    for tab in tabs:
        unread(bell_of(tab), 2)
    newer.let_go()
    for tab in tabs:
        unread(bell_of(tab), 0)


@pytest.mark.parametrize("status", [0, 429, 500])
def test_a_count_that_fails_does_not_take_an_earlier_one_along(silent, page, watch, status):
    watch.expect(f"status of {status}" if status else "ERR_FAILED")
    bell = asked_first(silent, page, watch)
    silent.tell()
    late = Late(page, "**/count?*")
    page.evaluate(REFRESH)
    late.wait(watch)
    page.route("**/count?*", lambda route: route.fulfill(status=status, json={}) if status else route.abort())
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    assert len(heard(page, "error")) == 1
    late.let_go()
    unread(bell, 1)


def test_counts_are_told_on_after_another_token(silent, page, watch):
    bell = asked_first(silent, page, watch)
    for _ in range(3):
        page.evaluate("document.querySelector('novu-inbox').refresh()")
    token = silent.env.client.inbox("ada").token()
    page.evaluate("token => document.querySelector('novu-inbox').setAttribute('token', token)", token)
    silent.tell()
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    unread(bell, 1)
