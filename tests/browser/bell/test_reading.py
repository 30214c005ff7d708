"""What somebody does with a bell: look, read, follow, act."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.bell.conftest import bell_of, rows, unread
from tests.conftest import until


def test_the_page_comes_with_the_count_and_asks_for_the_list_when_it_is_opened(shop, page, watch):
    shop.tell(body="First")
    shop.env.advance(minutes=1)
    shop.tell(subject="Second", body="Two\nlines")
    bell = shop.open(page)
    unread(bell, 2)
    assert not watch.asked("/notifications?")

    bell.click()
    expect(rows(page)).to_have_count(2)
    assert rows(page).first.inner_text().startswith("Second\nTwo\nlines")
    expect(rows(page).first.get_by_role("img", name="Unread")).to_be_visible()
    until(lambda: all(message.seen and not message.read for message in shop.messages()))


def test_an_empty_inbox_says_so(shop, page):
    bell = shop.open(page)
    unread(bell, 0)
    bell.click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()


def test_a_click_marks_one_as_read(shop, page):
    one, other = shop.tell(body="One"), shop.tell(body="Other")
    bell = shop.open(page)
    bell.click()
    page.get_by_role("button", name="One").click()
    unread(bell, 1)
    expect(rows(page).filter(has_text="One").get_by_role("img", name="Unread")).to_have_count(0)
    assert {message.message_id: message.read for message in shop.messages()} == {one: True, other: False}


def test_all_are_marked_at_once(shop, page):
    for number in range(12):
        shop.tell(body=f"Message {number}")
    bell = shop.open(page)
    bell.click()
    page.get_by_role("button", name="Mark all as read").click()
    unread(bell, 0)
    expect(page.get_by_role("img", name="Unread")).to_have_count(0)
    assert all(message.read for message in shop.messages())


def test_two_bells_of_a_page_show_the_same(shop, page):
    shop.tell()
    first, second = shop.open(page, "ada", "ada"), bell_of(page, 1)
    first.click()
    page.get_by_role("button", name="Hello").click()
    unread(first, 0)
    unread(second, 0)
    second.click()
    expect(rows(page)).to_have_count(1)


def test_bells_of_two_people_stay_apart(shop, page):
    shop.tell("ada", body="For Ada")
    ada, ben = shop.open(page, "ada", "ben"), bell_of(page, 1)
    unread(ada, 1)
    unread(ben, 0)
    ben.click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    page.keyboard.press("Escape")
    ada.click()
    page.get_by_role("button", name="Mark all as read").click()
    unread(ada, 0)
    shop.tell("ben")
    page.evaluate("document.querySelectorAll('novu-inbox')[1].refresh()")
    unread(ben, 1)
    unread(ada, 0)


def test_more_than_99_are_99_plus(shop, page):
    for number in range(101):
        shop.tell(body=f"Message {number}")
    bell = shop.open(page)
    unread(bell, "99+")
    expect(bell).to_have_text("99+")


def test_older_ones_are_a_button_away_and_the_focus_stays(shop, page):
    for number in range(25):
        shop.tell(body=f"Message {number:02}")
        shop.env.advance(seconds=1)
    shop.open(page).click()
    expect(rows(page)).to_have_count(10)
    more = page.get_by_role("button", name="Show more")
    more.click()
    expect(rows(page)).to_have_count(20)
    expect(more).to_be_focused()
    more.click()
    expect(rows(page)).to_have_count(25)
    expect(more).to_have_count(0)
    expect(page.get_by_role("dialog")).to_be_focused()


def test_a_message_leads_where_its_redirect_says_and_is_read_though_the_page_goes(shop, page):
    shop.tell(redirect={"url": "/orders/7"})
    shop.open(page).click()
    page.get_by_role("button", name="Hello").click()
    expect(page.get_by_role("heading", name="Order 7")).to_be_visible()
    page.goto(f"{shop.address}/?who=ada")
    unread(bell_of(page), 0)


def test_a_redirect_may_open_a_tab_of_its_own(shop, page, context):
    shop.tell(redirect={"url": f"{shop.address}/orders/8", "target": "_blank"})
    shop.open(page).click()
    with context.expect_page() as opened:
        page.get_by_role("button", name="Hello").click()
    expect(opened.value.get_by_role("heading", name="Order 8")).to_be_visible()
    assert opened.value.evaluate("window.opener") is None


def test_an_app_may_follow_redirects_itself(shop, page):
    shop.tell(redirect={"url": "/orders/7"})
    shop.open(page).click()
    page.evaluate(
        "addEventListener('novu:open', (event) => { event.preventDefault(); window.mine = event.detail.message })"
    )
    page.get_by_role("button", name="Hello").click()
    unread(bell_of(page), 0)
    assert page.evaluate("mine.redirect.url") == "/orders/7"
    assert page.url.endswith("?who=ada")


REFUSED = [
    "javascript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,<p>x",
    "vbscript:x", "blob:http://127.0.0.1/x", "file:///etc/passwd", "mailto:a@example.org", "http://", "https://[", "",
]  # fmt: skip


def test_no_other_address_is_followed(shop, page):
    """The server refuses them when they are sent; those of a store that others write are not followed either."""
    messages = []
    for number, url in enumerate(REFUSED):
        name, redirect = shop.tell(primaryAction={"label": "Go"}), {"url": url}
        message = {"id": name, "body": f"Number {number}.", "createdAt": "2026-01-05T09:00:00.000Z", "isRead": False}
        action = {"label": f"Go {number}.", "isCompleted": False, "redirect": redirect}
        messages.append({**message, "isSeen": True, "redirect": redirect, "primaryAction": action})
    page.route("**/notifications?*", lambda route: route.fulfill(json={"data": messages, "hasMore": False}))
    page.on("dialog", lambda dialog: pytest.fail(f"something ran: {dialog.message}"))
    bell = shop.open(page)
    bell.click()
    for number in range(len(REFUSED)):
        page.get_by_role("button", name=f"Number {number}.").click()
        page.get_by_role("button", name=f"Go {number}.").click()
    unread(bell, 0)
    until(lambda: all(message.actions == {"primary": True} for message in shop.messages()))
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    assert page.url.endswith("?who=ada")


def test_actions_are_completed_once_and_lead_on(shop, page):
    shop.tell(primaryAction={"label": "Accept", "redirect": {"url": "/orders/9"}}, secondaryAction={"label": "Decline"})
    bell = shop.open(page)
    bell.click()
    decline = page.get_by_role("button", name="Decline")
    decline.click()
    expect(decline).to_have_attribute("aria-disabled", "true")
    unread(bell, 0)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name="Order 9")).to_be_visible()
    until(lambda: shop.messages()[0].actions == {"primary": True, "secondary": True})


def test_archived_ones_go_where_the_page_offers_it(shop, page):
    shop.tell(body="Old")
    shop.tell(body="New")
    bell = shop.open(page, archive="")
    bell.click()
    rows(page).filter(has_text="Old").get_by_role("button", name="Archive").click()
    expect(rows(page)).to_have_count(1)
    unread(bell, 1)
    assert {message.content["body"]: message.archived for message in shop.messages()} == {"Old": True, "New": False}


def test_a_page_that_offers_no_archive_has_no_button_for_it(shop, page):
    shop.tell()
    shop.open(page).click()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Archive")).to_have_count(0)


HOSTILE = (
    "<img src=//example.org/x onerror=alert(1)><script>alert(2)</script><b>bold</b> &amp; **stars** <a href='/x'>a</a>"
)


def test_markup_is_text(shop, page):
    shop.tell(subject=HOSTILE, body=HOSTILE, primaryAction={"label": HOSTILE})
    shop.open(page).click()
    expect(rows(page)).to_have_count(1)
    row = rows(page).first
    assert row.inner_text().count(HOSTILE) == 3
    assert row.locator("img, script, a, b:not(:empty)").count() == 0
