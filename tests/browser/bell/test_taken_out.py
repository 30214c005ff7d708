"""What a bell leaves behind in a page that takes it out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.bell.conftest import rows

LISTENERS = """window.listeners = new Set();
for (const [name, change] of [["addEventListener", "add"], ["removeEventListener", "delete"]]) {
  const own = window[name];
  window[name] = (type, ...rest) => { own.call(window, type, ...rest); listeners[change](type) };
}"""
FOLLOWING = "['resize', 'scroll'].filter((type) => listeners.has(type))"


@pytest.mark.parametrize(
    "taken_out",
    ["inbox.remove()", "inbox.replaceWith('')", "inbox.parentElement.remove()", "document.body.append(inbox)"],
)
def test_a_bell_that_is_taken_out_while_it_is_open_follows_no_window(shop, page, taken_out):
    shop.tell()
    page.add_init_script(LISTENERS)
    shop.open(page).click()
    expect(rows(page)).to_have_count(1)
    assert page.evaluate(FOLLOWING) == ["resize", "scroll"]
    page.evaluate(f"() => {{ const inbox = document.querySelector('novu-inbox'); {taken_out} }}")
    assert page.evaluate(FOLLOWING) == []


def test_nor_does_one_that_is_taken_out_before_its_opening_is_told(shop, page):
    page.add_init_script(LISTENERS)
    shop.open(page)
    page.evaluate("""() => new Promise((told) => {
      const inbox = document.querySelector('novu-inbox'), after = document.createElement('div');
      document.body.append(after);
      Object.assign(after, { popover: 'manual', ontoggle: told });
      inbox.open(), inbox.remove(), after.showPopover() })""")
    assert page.evaluate(FOLLOWING) == []


def test_one_that_is_put_back_or_given_another_token_follows_while_it_is_open(shop, page):
    shop.tell()
    page.add_init_script(LISTENERS)
    bell = shop.open(page)
    page.evaluate(
        "() => { const inbox = document.querySelector('novu-inbox'); inbox.remove(), document.body.append(inbox) }"
    )
    bell.click()
    expect(rows(page)).to_have_count(1)
    token = shop.env.client.inbox("ada").token()
    page.evaluate("token => document.querySelector('novu-inbox').setAttribute('token', token)", token)
    assert page.evaluate(FOLLOWING) == ["resize", "scroll"]
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => !{FOLLOWING}.length")
