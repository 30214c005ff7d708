"""Novu's <Inbox/> in a page of the shop."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import until


@pytest.fixture
def shop(make_shop, page_script):
    return make_shop(page_script)


def shown(page: Page) -> Locator:
    return page.locator(".nv-notification")


def row(page: Page, text: str) -> Locator:
    return shown(page).filter(has_text=text)


def act(page: Page, text: str, button: str) -> None:
    row(page, text).hover()
    row(page, text).locator(f".nv-notification{button}__button").click()


def unread(page: Page, number: int) -> None:
    expect(page.get_by_text(f"{number} unread")).to_be_visible()


def test_the_bell_counts_and_the_list_shows(shop, page):
    shop.tell("**Bold** <i>text</i>", subject="First")
    shop.tell("Second")
    page.goto(shop.address)
    unread(page, 2)
    page.get_by_text("2 unread").click()
    expect(shown(page)).to_have_count(2)
    expect(shown(page).first).to_contain_text("Second")
    expect(row(page, "First")).to_contain_text("Bold <i>text</i>")
    until(lambda: page.wait_for_timeout(50) or all(message.seen for message in shop.messages().values()))


def test_a_new_message_appears_live(shop, page):
    told = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: told.append(str(frame))))
    page.goto(shop.address)
    unread(page, 0)
    # Novu's list learns of what arrives while its socket stands; what came before is only counted.
    until(lambda: page.wait_for_timeout(50) or any("unread_count_changed" in frame for frame in told))
    page.get_by_text("0 unread").click()
    expect(page.get_by_text("Quiet for now. Check back later.")).to_be_visible()
    shop.tell("News")
    unread(page, 1)
    expect(row(page, "News")).to_be_visible()
    shop.tell("More")
    unread(page, 2)
    page.get_by_role("button", name="1 new notification").click()
    expect(row(page, "More")).to_be_visible()


def test_reading_archiving_and_acting(shop, page):
    for text in ("One", "Two", "Three"):
        shop.tell(text, primaryAction={"label": "Accept", "redirect": {"url": "/orders"}})
    page.goto(shop.address)
    page.get_by_text("3 unread").click()
    act(page, "One", "Read")
    unread(page, 2)
    act(page, "Two", "Archive")
    expect(row(page, "Two")).to_have_count(0)
    unread(page, 1)
    row(page, "Three").get_by_role("button", name="Accept").click()
    unread(page, 0)
    page.wait_for_url("**/#/orders")
    # Novu's client shows a change before it has asked for it.
    until(lambda: page.wait_for_timeout(50) or shop.messages()["Three"].actions == {"primary": True})
    until(lambda: page.wait_for_timeout(50) or all(message.read for message in shop.messages().values()))
    until(lambda: page.wait_for_timeout(50) or shop.messages()["Two"].archived)
    page.locator(".nv-inboxStatus__dropdownTrigger").click()
    page.get_by_text("Archived", exact=True).click()
    expect(shown(page)).to_have_count(1)
    expect(row(page, "Two")).to_be_visible()


def test_snoozing(shop, page):
    shop.tell("Later")
    page.goto(shop.address)
    page.get_by_text("1 unread").click()
    act(page, "Later", "Snooze")
    page.get_by_text("An hour from now").click()
    expect(shown(page)).to_have_count(0)
    unread(page, 0)
    until(lambda: page.wait_for_timeout(50) or shop.messages()["Later"].snoozed_until is not None)
    shop.client.inbox("ada").unsnooze(shop.messages()["Later"].message_id)
    unread(page, 1)


def test_all_are_read_at_once_and_elsewhere_too(shop, page, make_context):
    for number in range(12):
        shop.tell(f"Message {number}")
    page.goto(shop.address)
    elsewhere = make_context().new_page()
    elsewhere.goto(shop.address)
    unread(elsewhere, 12)
    page.get_by_text("12 unread").click()
    expect(shown(page)).to_have_count(10)
    page.locator(".nv-moreActions__dropdownTrigger").click()
    page.get_by_text("Mark all as read").click()
    unread(page, 0)
    unread(elsewhere, 0)
    until(lambda: page.wait_for_timeout(50) or all(message.read for message in shop.messages().values()))


def test_preferences_are_obeyed(shop, page):
    page.goto(shop.address)
    page.get_by_text("0 unread").click()
    page.locator(".nv-preferences__button").click()
    expect(page.get_by_text("News", exact=True)).to_be_visible()
    page.get_by_text("News", exact=True).click()
    switch = page.locator(".nv-workflowContainer").filter(has_text="News").locator(".nv-channelSwitch")
    switch.click()
    until(lambda: page.wait_for_timeout(50) or shop.client.preferences.get("ada", "told").get("channels"))
    shop.tell("Unwanted")
    assert "Unwanted" not in shop.messages()


def test_a_wrong_hash_opens_nothing(make_shop, page, watch, page_script):
    watch.expect("status of 400")
    shop = make_shop(page_script)
    shop.tell("Secret")
    page.route("**/", lambda route: route.fulfill(body=route.fetch().text().replace('data-hash="', 'data-hash="0')))
    with page.expect_response("**/session") as answer:
        page.goto(shop.address)
    assert answer.value.status == 400
    assert answer.value.json()["message"] == "Please provide a valid HMAC hash"
    unread(page, 0)
