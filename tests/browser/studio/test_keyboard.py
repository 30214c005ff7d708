"""The keyboard alone: why somebody got no e-mail, what one would say, a new subject, a trigger and a run anew."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from pydantic import BaseModel

from tests.browser.studio.conftest import said, timeline

ADA = {"subscriberId": "ada", "firstName": "Ada", "email": "ada@example.org"}
CONTROLS = {"type": "object", "properties": {"subject": {"type": "string", "default": "Order {{payload.number}}"}}}
WORDS = {"de": "Hallo", "en": "Hello"}
MOST_TABS = 80


class Order(BaseModel):
    number: int = 7
    note: str = ""


@pytest.fixture
def broken():
    return [True]


@pytest.fixture
def studio(make_studio, registry, broken):
    @registry.workflow("order", name="Orders")
    def order(payload: Order, step, subscriber):
        step.email(
            "mail",
            lambda controls: {
                "subject": controls["subject"],
                "html": f"<p>{WORDS[(subscriber.locale or 'en')[:2]]} {payload.note}</p>",
            },
            control_schema=CONTROLS,
        )

    @registry.workflow("fragile")
    def fragile(step):
        step.custom("look", lambda: {}["key"] if broken else {})

    return make_studio(registry, expose_errors=True)


def reach(page: Page, target: Locator) -> None:
    """Go to something by Tab alone, as far as that is possible, and hold that it can be seen that it is reached."""
    expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            assert target.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached by Tab")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Reach something and use it."""
    reach(page, target)
    page.keyboard.press(key)


def write(page: Page, target: Locator, text: str) -> None:
    """Reach a field and put a text in the place of what is in it."""
    reach(page, target)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    expect(target).to_be_focused()


def go(page: Page, letter: str, heading: str) -> None:
    page.keyboard.press("g")
    page.keyboard.press(letter)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def subject(page):
    shown = page.get_by_role("region", name="Preview").get_by_role("definition")
    return shown.filter(has_text=re.compile("^(Order|Your)"))


def open_step(studio, page):
    """From the overview to the step, by the workflow."""
    studio.open(page)
    go(page, "w", "Workflows")
    press(page, page.get_by_role("link", name="Orders"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    press(page, page.get_by_role("list", name="Steps").get_by_role("link", name="mail"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders: mail")
    expect(subject(page)).to_have_text("Order 7")


def test_why_ada_got_no_e_mail(studio, page):
    studio.client.subscribers.upsert({"subscriberId": "ben"})
    studio.client.subscribers.upsert(ADA)
    studio.client.preferences.set("ada", {"channels": {"email": {"enabled": False}}}, workflow_id="order")
    run = studio.trigger("order", "ada")
    studio.open(page)
    go(page, "s", "Subscribers")
    expect(page.get_by_role("table", name="Subscribers").locator("tbody tr")).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("ada")
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Subscribers").locator("tbody tr")).to_have_count(1)
    press(page, page.get_by_role("link", name="ada", exact=True))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("table", name="Runs").locator("tbody tr")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Done in")
    assert page.url.endswith(run)
    expect(timeline(page)).to_contain_text("Skipped: Ada switched e-mail off for this workflow.")


def test_what_a_mail_says_with_this_payload_in_german_on_a_phone(studio, page, watch):
    open_step(studio, page)
    write(page, page.get_by_label("Number", exact=True), "12")
    expect(subject(page)).to_have_text("Order 12")
    write(page, page.get_by_label("Note", exact=True), "Ada")
    write(page, page.get_by_label("Language"), "de")
    expect(page.frame_locator("iframe").locator("p")).to_have_text("Hallo Ada")
    press(page, page.get_by_role("button", name="Phone"), "Space")
    watch.until(lambda: (page.locator("iframe").bounding_box() or {}).get("width") == 390)
    reach(page, page.get_by_role("tab", name="HTML"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tabpanel")).to_contain_text("Hallo Ada")
    assert list(studio.env.outbox) == list(studio.client.executions.list()) == []


def test_the_subject_is_changed_refused_taken_over_reset_and_put_back(studio, page, watch):
    watch.expect("status of (400|412)")  # a template that is half typed is refused, where a preview of it is asked
    open_step(studio, page)
    field = page.get_by_label("subject", exact=True)
    save = page.get_by_role("button", name="Save controls")
    write(page, field, "Your order {{payload.number}}")
    expect(subject(page)).to_have_text("Your order 7")
    studio.client.controls.set("order", {"subject": "Order of a colleague"}, "mail")
    press(page, save)
    expect(page.get_by_role("alert")).to_contain_text("Somebody else changed these controls meanwhile.")
    press(page, page.get_by_role("button", name="Keep mine, to save it over theirs"))
    expect(page.get_by_role("alert")).to_have_count(0)
    press(page, save)
    expect(page.get_by_text("Saved. The next run uses it.")).to_be_visible()
    assert studio.client.controls.get("order", "mail") == {"subject": "Your order {{payload.number}}"}
    press(page, page.get_by_role("button", name="Reset subject"))
    expect(subject(page)).to_have_text("Order 7")
    press(page, save)
    expect(page.get_by_text("Saved. The next run uses it.")).to_be_visible()
    assert studio.client.controls.get("order", "mail") == {}
    press(page, page.locator("summary").filter(has_text="History"))
    earlier = page.get_by_role("list", name="History").get_by_role("listitem").filter(has_text="Your order")
    press(page, earlier.get_by_role("button", name="Put back"))
    expect(field).to_have_value("Your order {{payload.number}}")
    assert studio.client.controls.get("order", "mail") == {"subject": "Your order {{payload.number}}"}


def test_a_trigger_its_timeline_and_the_same_with_another_payload(studio, page):
    studio.open(page)
    go(page, "w", "Workflows")
    press(page, page.get_by_role("link", name="Orders"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    button = page.get_by_role("button", name="Trigger")
    press(page, button)
    dialog = page.get_by_role("dialog", name="Trigger Orders")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    write(page, dialog.get_by_label("Subscriber id"), "ada")
    write(page, dialog.get_by_label("E-mail"), "ada@example.org")
    write(page, dialog.get_by_label("Number"), "8")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Done in")
    expect(timeline(page)).to_contain_text("delivered")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    press(page, page.get_by_role("button", name="Run again"))
    again = page.get_by_role("dialog", name="Run again")
    write(page, again.get_by_label("Number"), "9")
    page.keyboard.press("Enter")
    expect(page.get_by_text('"number": 9')).to_be_visible()
    assert [message.content["subject"] for message in studio.env.outbox] == ["Order 8", "Order 9"]


def test_what_failed_runs_again(studio, page, broken):
    run = studio.trigger("fragile", "ada")
    studio.open(page)
    go(page, "r", "Runs")
    expect(page.get_by_role("table", name="Runs").locator("tbody tr")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Failed at look")
    broken.clear()
    press(page, page.get_by_role("button", name="Retry", exact=True))
    expect(said(page)).to_contain_text("Done in")
    assert studio.client.executions.get(run).status == "completed"
