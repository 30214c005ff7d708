"""The bell in its page: keyboard, focus, sizes, themes, words, slots and events."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.bell.conftest import bell_of, rows, unread


def test_the_keyboard_alone_is_enough(shop, page):
    shop.tell(body="Old")
    shop.env.advance(seconds=1)
    shop.tell(body="New", primaryAction={"label": "Accept"})
    bell = shop.open(page)
    page.keyboard.press("Tab")
    expect(bell).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_focused()
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="New")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Accept")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Old")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Old")).to_be_focused()
    page.keyboard.press("Enter")
    unread(bell, 1)
    expect(page.get_by_role("button", name="Old")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="New")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(bell).to_be_focused()


def test_a_redraw_keeps_the_focus(shop, page):
    shop.tell(body="Old")
    bell = shop.open(page)
    bell.click()
    page.get_by_role("button", name="Old").focus()
    shop.env.advance(seconds=1)
    shop.tell(body="New")
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Old")).to_be_focused()
    page.get_by_role("button", name="Mark all as read").click()
    unread(bell, 0)
    expect(page.get_by_role("button", name="Mark all as read")).to_be_focused()


def test_when_a_row_goes_the_next_one_has_the_focus(shop, page):
    for number in range(3):
        shop.tell(body=f"Message {number}")
        shop.env.advance(seconds=1)
    shop.open(page, archive="").click()
    rows(page).nth(1).get_by_role("button", name="Archive").press("Enter")
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Message 0")).to_be_focused()


def test_a_click_elsewhere_closes_it_and_leaves_the_focus_there(shop, page):
    shop.open(page).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Search").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Search")).to_be_focused()


def test_the_button_closes_what_it_opened(shop, page):
    bell = shop.open(page)
    bell.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    bell.click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("placement", ["", "bottom-start", "top-end", "top-start"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_lies_in_the_window_and_nothing_is_wider_than_that(shop, page, width, placement):
    for number in range(10):
        shop.tell(body=f"Message {number} {'long' * 40}", primaryAction={"label": "A" * 40})
    page.set_viewport_size({"width": width, "height": 700})
    shop.open(page, placement=placement).click()
    expect(rows(page)).to_have_count(10)
    box = page.get_by_role("dialog").bounding_box()
    assert 0 <= box["x"] <= width - box["width"]
    assert 0 <= box["y"] <= 700 - box["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("dialog").evaluate("panel => panel.scrollWidth <= panel.clientWidth")


def test_it_opens_upwards_where_below_is_no_room(shop, page):
    shop.tell()
    bell = shop.open(page)
    page.evaluate("document.querySelector('header').style.marginTop = 'calc(100vh - 60px)'")
    bell.click()
    expect(rows(page)).to_have_count(1)
    assert page.get_by_role("dialog").bounding_box()["y"] < bell.bounding_box()["y"]


def test_it_follows_its_bell_when_the_page_scrolls(shop, page):
    page.set_viewport_size({"width": 800, "height": 500})
    bell = shop.open(page)
    page.evaluate("document.body.style.height = '3000px'")
    bell.click()
    page.evaluate("scrollBy(0, 20)")
    page.wait_for_function(
        """() => { const root = document.querySelector('novu-inbox').shadowRoot, top = (part) =>
        root.querySelector(`[part=${part}]`).getBoundingClientRect(); return Math.abs(top('panel').top - top('bell').bottom) < 2 }"""
    )


def luminance(color: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


COLORS = """root => { const of = (part, name) => getComputedStyle(root.querySelector(`[part=${part}]`))[name];
return { paper: of("panel", "backgroundColor"), body: of("body", "color"), subject: of("subject", "color"), time: of("time", "color"),
action: of("action", "color"), button: of("button", "color"), badge: of("count", "backgroundColor"), number: of("count", "color") } }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_themes(shop, page, scheme):
    shop.tell(subject="Subject", primaryAction={"label": "Accept"})
    bell = shop.open(page)
    page.evaluate("scheme => { document.documentElement.style.colorScheme = scheme }", scheme)
    bell.click()
    expect(rows(page)).to_have_count(1)
    found = page.evaluate(f"({COLORS})(document.querySelector('novu-inbox').shadowRoot)")
    assert (luminance(found["paper"]) < 0.1) is (scheme == "dark")
    for part in ("body", "subject", "time", "action", "button"):
        assert contrast(found[part], found["paper"]) >= 4.5, (part, found)
    assert contrast(found["number"], found["badge"]) >= 4.5


def test_the_page_may_style_it(shop, page):
    shop.tell()
    bell = shop.open(page)
    page.evaluate("document.querySelector('novu-inbox').style.setProperty('--novu-paper', 'rgb(1, 2, 3)')")
    page.evaluate("document.querySelector('novu-inbox').style.setProperty('--novu-width', '300px')")
    bell.click()
    expect(rows(page)).to_have_count(1)
    dialog = page.get_by_role("dialog")
    assert dialog.evaluate("panel => getComputedStyle(panel).backgroundColor") == "rgb(1, 2, 3)"
    assert dialog.bounding_box()["width"] == 300
    parts = page.evaluate(
        "[...document.querySelector('novu-inbox').shadowRoot.querySelectorAll('[part]')].map(n => n.part.value)"
    )
    assert {"bell", "count", "panel", "header", "list", "item", "unread", "body", "time", "button"} <= set(parts)


def test_targets_are_large_enough(shop, page):
    shop.tell(primaryAction={"label": "A"}, secondaryAction={"label": "B"})
    shop.open(page, archive="").click()
    expect(rows(page)).to_have_count(1)
    heights = page.evaluate("""() => [...document.querySelector("novu-inbox").shadowRoot.querySelectorAll("button")]
    .map((button) => [button.textContent, button.getBoundingClientRect().height])""")
    assert len(heights) == 6
    assert [text for text, height in heights if height < 24] == []


def test_what_is_not_changed_is_not_drawn_again(shop, page):
    """A click that began before an answer came ends on the same button."""
    shop.tell()
    shop.open(page).click()
    expect(rows(page)).to_have_count(1)
    page.evaluate("() => { window.row = document.querySelector('novu-inbox').shadowRoot.querySelector('li') }")
    page.wait_for_function("() => document.querySelector('novu-inbox').items[0].isSeen")
    assert page.evaluate("row.isConnected")
    page.get_by_role("button", name="Hello").click()
    page.wait_for_function("() => document.querySelector('novu-inbox').items[0].isRead")
    assert not page.evaluate("row.isConnected")


def test_the_page_may_fill_the_slots(shop, page):
    shop.open(page)
    page.evaluate("""() => { const inbox = document.querySelector('novu-inbox');
      for (const [slot, text] of [['icon', '*'], ['empty', 'All done.'], ['header', 'Post']])
        inbox.append(Object.assign(document.createElement('span'), { slot, textContent: text })) }""")
    bell_of(page).click()
    for text in ("*", "All done.", "Post"):
        expect(page.get_by_text(text, exact=True)).to_be_visible()
    expect(page.get_by_text("Nothing here yet.")).to_be_hidden()


def test_words_in_another_language(shop, page):
    shop.tell()
    shop.open(page, lang="de")
    words = {"title": "Mitteilungen", "unread": "{count} ungelesen", "all": "Alle gelesen", "dot": "Ungelesen"}
    page.evaluate("words => document.querySelector('novu-inbox').setAttribute('words', words)", json.dumps(words))
    bell = page.get_by_role("button", name="Mitteilungen, 1 ungelesen")
    bell.click()
    expect(page.get_by_role("dialog", name="Mitteilungen")).to_be_visible()
    expect(page.get_by_role("img", name="Ungelesen")).to_be_visible()
    expect(page.get_by_text("05.01.2026")).to_be_visible()
    page.get_by_role("button", name="Alle gelesen").click()
    expect(page.get_by_role("button", name="Mitteilungen", exact=True)).to_be_visible()


@pytest.mark.parametrize("lang", ["de_DE", "x", "-", "klingon-", "no language"])
def test_a_language_may_be_written_as_in_python_and_what_is_none_is_left_out(shop, page, lang):
    shop.tell()
    shop.open(page, lang=lang).click()
    expect(rows(page)).to_have_count(1)


def test_words_that_are_no_json_are_left_out(shop, page):
    bell = shop.open(page)
    page.evaluate("document.querySelector('novu-inbox').setAttribute('words', '{')")
    expect(bell).to_be_visible()


def test_what_it_tells_the_page(shop, page):
    one = shop.tell(body="One")
    bell = shop.open(page)
    page.evaluate("heard.length = 0")
    bell.click()
    page.get_by_role("button", name="One").click()
    unread(bell, 0)
    shop.env.advance(seconds=1)
    two = shop.tell(body="Two")
    page.evaluate("document.querySelector('novu-inbox').refresh()")
    unread(bell, 1)
    page.wait_for_function("() => heard.some(([name]) => name === 'message')")
    page.keyboard.press("Escape")
    page.wait_for_function("() => heard.length === 6")
    heard = page.evaluate("heard.map(([name, detail]) => [name, detail.message?.id ?? detail.unread ?? detail.open])")
    assert sorted(map(str, heard)) == sorted(
        map(str, [["toggle", True], ["open", one], ["count", 0], ["count", 1], ["message", two], ["toggle", False]])
    )


def test_properties_and_methods(shop, page):
    shop.tell()
    shop.open(page)
    element = page.locator("novu-inbox")
    assert element.evaluate("e => [e.unread, e.items.length]") == [1, 0]
    element.evaluate("e => e.open()")
    expect(rows(page)).to_have_count(1)
    assert element.evaluate("e => e.items[0].body") == "Hello"
    element.evaluate("e => e.close()")
    expect(page.get_by_role("dialog")).to_have_count(0)
    named = element.evaluate("e => { e.unread = 7; return e.shadowRoot.querySelector('[part=bell]').ariaLabel }")
    assert named == "Notifications, 7 unread"  # until the server tells its own number, which may be at any moment
    element.evaluate("e => e.refresh()")
    unread(bell_of(page), 1)


def test_a_page_may_hide_it(shop, page):
    bell = shop.open(page)
    page.evaluate("document.querySelector('novu-inbox').hidden = true")
    expect(bell).to_be_hidden()


def test_it_may_be_moved_in_the_page_and_taken_out(shop, page):
    shop.tell()
    bell = shop.open(page)
    page.evaluate("document.body.append(document.querySelector('novu-inbox'))")
    unread(bell, 1)
    bell.click()
    expect(rows(page)).to_have_count(1)
    page.evaluate("document.querySelector('novu-inbox').remove()")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("extended", ["Array", "Object"])
def test_a_page_may_have_extended_the_prototypes(shop, page, extended):
    shop.tell()
    page.add_init_script(f"{extended}.prototype.last = function () {{ return this[this.length - 1] }}")
    shop.open(page).click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Mark all as read").click()
    unread(bell_of(page), 0)


def test_a_policy_of_nonces_lets_it_in(shop, page):
    shop.app.config["POLICY"] = "script-src 'nonce-abc'; connect-src 'self'; style-src 'self'; default-src 'none'"
    unread(shop.open(page, nonce="abc"), 0)
