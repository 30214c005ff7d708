"""What a slow server and a hasty hand do to the Studio: no letter, no click and no newer answer is lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.late import Late
from tests.browser.studio.conftest import said

CONTROLS = {"type": "object", "properties": {"subject": {"type": "string", "default": "Order"}}}
KEY = "nv-secret-key"


@pytest.fixture
def studio(make_studio, registry):
    @registry.workflow("order", name="Orders")
    def order(step):
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.email(
            "mail",
            lambda controls: {"subject": controls["subject"], "html": f"<p>{batch.event_count} events</p>"},
            control_schema=CONTROLS,
        )

    return make_studio(registry)


def test_what_an_action_changed_is_asked_for_though_an_answer_is_on_its_way(studio, page, watch):
    run = studio.trigger("order")
    page.clock.install(time=studio.env.clock.now())
    page.goto(f"{studio.address}/api/novu/studio#/runs/{run}")
    expect(said(page)).to_contain_text("Waits for its digest")
    page.clock.pause_at(studio.env.clock.now() + timedelta(minutes=1))  # nothing is asked by the clock any more
    page.wait_for_load_state("networkidle")
    late = Late(page, f"**/executions/{run}")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    late.wait(watch)
    with page.expect_response("**/cancel"):
        page.get_by_role("button", name="Cancel").click()
    late.let_go()
    expect(said(page)).to_contain_text("canceled")


def test_an_old_answer_about_the_session_does_not_end_a_new_one(make_studio, registry, page, watch):
    studio = make_studio(registry, secret_key=KEY, strict_authentication=True)
    studio.open(page, "runs")
    late = Late(page, "**/studio/session")
    page.evaluate("dispatchEvent(new Event('studio:logged-out'))")
    late.wait(watch)
    page.get_by_label("Password or secret key").fill(KEY)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    late.let_go()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")


HASTE = """(changes) => {
  for (const [id, value, ...events] of changes) {
    const field = document.getElementById(id);
    field.value = value;
    for (const name of events) field.dispatchEvent(new Event(name, { bubbles: true }));
  }
}"""
"""Changes fields before the page can do anything about the first of them."""


def test_of_two_filters_at_once_both_count(studio, page):
    studio.open(page, "runs")
    page.evaluate(HASTE, [["status", "failed", "change"], ["subscriber", "ada", "input", "change"]])
    expect(page).to_have_url(re.compile(r"#/runs\?status=failed&subscriber=ada$"))
    expect(page.get_by_label("Status")).to_have_value("failed")


@pytest.mark.parametrize("view", ["runs", "messages", "subscribers"])
def test_what_is_typed_while_a_filter_begins_to_count_stays(studio, page, view):
    studio.open(page, view)
    name = "subscriber_id" if view == "subscribers" else "subscriber"
    page.evaluate(HASTE, [[name, "ada", "input", "change"], [name, "adab", "input"]])
    expect(page).to_have_url(re.compile(rf"#/{view}\?{name}=ada$"))
    field = page.get_by_label("Subscriber")
    expect(field).to_have_value("adab")
    page.evaluate("history.back()")
    expect(field).to_have_value("")


def test_what_is_typed_while_controls_are_saved_stays(studio, page, watch):
    studio.open(page, "workflows/order/mail")
    field = page.get_by_label("subject", exact=True)
    field.fill("One")
    late = Late(page, "**/controls", "PUT")
    page.get_by_role("button", name="Save controls").click()
    late.wait(watch)
    field.fill("Two")
    late.let_go()
    expect(page.get_by_text("Saved. The next run uses it.")).to_be_visible()
    expect(page.get_by_text("not saved yet")).to_be_visible()
    expect(field).to_have_value("Two")
    assert studio.client.controls.get("order", "mail") == {"subject": "One"}
    page.get_by_role("button", name="Save controls").click()
    expect(page.get_by_text("not saved yet")).to_have_count(0)
    assert studio.client.controls.get("order", "mail") == {"subject": "Two"}


def test_the_events_of_a_window_that_is_not_chosen_any_more_are_not_taken(studio, page, watch):
    studio.trigger("order")
    studio.open(page, "workflows/order/mail")
    late = Late(page, "**/events?*")
    page.get_by_label("Events of").select_option(index=1)
    late.wait(watch)
    page.get_by_label("Events of").select_option(index=0)
    number = page.get_by_label("Number of events")
    expect(number).to_be_visible()
    late.let_go()
    expect(number).to_have_value("")
    number.fill("5")
    expect(page.frame_locator("iframe").locator("p")).to_have_text("5 events")


DRAWN = """(hash) => new Promise((done) => {
  addEventListener("hashchange", () => queueMicrotask(() => done(document.activeElement.textContent)), { once: true });
  location.hash = hash;
})"""


def test_what_is_drawn_has_the_focus_and_the_keys_at_once(studio, page):
    """Not some moment later, when somebody may have begun to type."""
    studio.open(page, "workflows")
    assert page.evaluate(DRAWN, "#/runs") == "Runs"
    open_at_once = """() => new Promise((done) => {
      dispatchEvent(new KeyboardEvent("keydown", { key: "?" }));
      queueMicrotask(() => done(document.querySelector("dialog")?.open));
    })"""
    assert page.evaluate(open_at_once)
