"""What a slow server and a hasty hand do to a bell."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.bell.conftest import rows, unread
from tests.browser.late import Late


def test_a_press_outlasts_the_lists_coming(shop, page, watch):
    shop.tell()
    late = Late(page, "**/notifications?*")
    bell = shop.open(page)
    bell.click()
    late.wait(watch)
    page.get_by_role("button", name="Mark all as read").hover()
    page.mouse.down()
    late.let_go()
    expect(rows(page)).to_have_count(1)
    page.mouse.up()
    unread(bell, 0)


def test_a_press_on_the_bell_outlasts_a_new_count(shop, page):
    bell = shop.open(page)
    bell.hover()
    page.mouse.down()
    shop.tell()
    unread(bell, 1)
    page.mouse.up()
    expect(page.get_by_role("dialog", name="Notifications")).to_be_visible()


def test_a_row_that_is_pressed_stays_while_another_changes(shop, page):
    old = shop.tell(body="Old")
    shop.env.advance(seconds=1)
    shop.tell(body="New")
    bell = shop.open(page)
    bell.click()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="New").hover()
    page.mouse.down()
    shop.env.client.inbox("ada").mark(old, read=True)
    unread(bell, 1)
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    expect(rows(page).last.get_by_role("img", name="Unread")).to_have_count(0)
    page.mouse.up()
    unread(bell, 0)


def test_a_count_that_comes_late_is_not_told_after_a_newer_one(shop, page, watch):
    shop.tell()
    bell = shop.open(page)
    bell.click()
    expect(rows(page)).to_have_count(1)
    page.evaluate("heard.length = 0")
    late = Late(page, "**/count?*")
    page.evaluate("void document.querySelector('novu-inbox').refresh()")
    late.wait(watch)
    page.get_by_role("button", name="Hello").click()
    unread(bell, 0)
    late.let_go()
    assert page.evaluate("heard.filter(([name]) => name === 'count').map(([, { unread }]) => unread)") == [0]
    unread(bell, 0)
