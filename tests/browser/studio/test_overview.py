"""What is broken and what waits; a trigger and a run anew; the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from pydantic import BaseModel

from tests.browser.studio.conftest import DRAWN, said, timeline


class User(BaseModel):
    otp: str = "none"


class Login(BaseModel):
    name: str
    reset_token: str
    user: User


class Order(BaseModel):
    order_id: int
    note: str = "none"


@pytest.fixture
def broken():
    return [True]


@pytest.fixture
def studio(make_studio, registry, broken):
    @registry.workflow("order", name="Orders")
    def order(payload: Order, step):
        step.email("mail", {"subject": f"Order {payload.order_id}", "body": payload.note})

    @registry.workflow("login")
    def login(payload: Login, step):
        step.sms("text", {"body": f"{payload.reset_token} {payload.user.otp}"})

    @registry.workflow("waits")
    def waits(step):
        step.delay("pause", {"amount": 30, "unit": "minutes"})

    @registry.workflow("fragile")
    def fragile(step):
        if broken:
            raise KeyError("no")
        step.in_app("bell", {"body": "b"})

    return make_studio(registry, expose_errors=True)


def test_an_empty_overview_says_what_to_do(studio, page):
    studio.open(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page.get_by_text("Nothing failed. Trigger a workflow to see it here.")).to_be_visible()
    expect(page.get_by_text("flask novu worker")).to_be_visible()


def test_what_failed_is_grouped_and_retried_at_once(studio, page, broken):
    for number in range(3):
        studio.trigger("fragile", f"somebody-{number}")
    studio.trigger("waits")
    studio.trigger("order", order_id=1)
    studio.env.advance(minutes=1)
    studio.open(page, "overview")
    row = page.get_by_role("table", name="Needs attention").locator("tbody tr")
    expect(row).to_have_count(1)
    for words in ("fragile", "KeyError", "3"):
        expect(row).to_contain_text(words)
    expect(page.get_by_role("table", name="Waiting now")).to_contain_text("1 within an hour")
    expect(page.get_by_role("img", name="Runs by hour: 5 runs")).to_be_visible()
    expect(page.get_by_role("table", name="Delivered by")).to_contain_text("E-mail by outbox")
    broken.clear()
    page.get_by_role("button", name="Retry all").click()
    expect(page.get_by_text("3 runs will run again.")).to_be_visible()
    studio.env.advance(minutes=1)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("Nothing failed.")).to_be_visible()
    expect(page.get_by_text("3 runs will run again.")).to_be_visible()
    assert {run.status for run in studio.client.executions.list(workflow_id="fragile")} == {"completed"}


def test_from_a_chart_to_its_runs(studio, page):
    studio.trigger("order", order_id=1)
    studio.advance(page, hours=2)
    studio.trigger("waits")
    studio.open(page, "overview")
    page.get_by_text("Table").click()
    page.get_by_role("table", name="Runs by hour").get_by_role("link", name="10:00").click()
    expect(page.get_by_role("table", name="Runs").locator("tbody tr")).to_have_count(1)


def test_a_trigger_leads_to_its_timeline(studio, page, watch):
    watch.expect("status of 400")
    studio.open(page, "workflows/order")
    page.get_by_role("button", name="Trigger").click()
    dialog = page.get_by_role("dialog", name="Trigger Orders")
    dialog.get_by_label("Subscriber id").fill("ada")
    dialog.get_by_label("E-mail").fill("ada@example.org")
    number = dialog.get_by_label("Order Id")
    number.fill("seven")
    dialog.get_by_role("button", name="Trigger").click()
    expect(number).to_have_attribute("aria-invalid", "true")
    number.fill("7")
    dialog.get_by_role("button", name="Trigger").click()
    expect(said(page)).to_contain_text("Done in")
    expect(timeline(page)).to_have_count(1)
    expect(dialog).to_have_count(0)
    [message] = studio.env.outbox
    assert (message.to, message.content["subject"]) == ("ada@example.org", "Order 7")

    page.get_by_role("button", name="Run again").click()
    again = page.get_by_role("dialog", name="Run again")
    expect(again.get_by_label("Order Id")).to_have_value("7")
    again.get_by_label("Order Id").fill("8")
    again.get_by_role("button", name="Trigger").click()
    expect(page.get_by_text('"order_id": 8')).to_be_visible()


def test_secrets_that_are_gone_are_filled_in_again(studio, page, watch):
    watch.expect("status of 400")
    ada = {"subscriberId": "ada", "phone": "+4915112345678"}
    first = studio.trigger("login", ada, name="Ada", reset_token="s3cret", user={"otp": "4711"})
    studio.open(page, f"runs/{first}")
    page.get_by_role("button", name="Run again").click()
    again = page.get_by_role("dialog", name="Run again")
    expect(again).to_contain_text("The history no longer has reset_token, user.otp. Fill in these values again.")
    expect(again.get_by_label("Name")).to_have_value("Ada")
    token = again.get_by_label("Reset Token")
    expect(token).to_have_value("")
    expect(again.get_by_label("Otp")).to_have_value("")
    again.get_by_role("button", name="Trigger").click()
    expect(token).to_have_attribute("aria-invalid", "true", timeout=20_000)
    token.fill("an0ther")
    again.get_by_label("Otp").fill("0815")
    again.get_by_role("button", name="Trigger").click()
    expect(again).to_have_count(0, timeout=20_000)
    assert [message.content["body"] for message in studio.env.outbox] == ["s3cret 4711", "an0ther 0815"]


def test_a_run_that_fails_at_once_is_shown(studio, page, watch):
    watch.expect("status of 500")
    studio.open(page, "workflows/fragile")
    page.get_by_role("button", name="Trigger").click()
    page.get_by_label("Subscriber id").fill("ada")
    page.get_by_role("dialog").get_by_role("button", name="Trigger").click()
    expect(said(page)).to_contain_text("Failed: KeyError")


def test_the_keyboard_alone(studio, page):
    first, second = studio.trigger("order", "ada", order_id=1), studio.trigger("order", "ben", order_id=2)
    studio.open(page)
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    expect(page.get_by_role("table", name="Runs").locator("tbody tr")).to_have_count(2)
    for key in "jjk":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("Done in")
    assert page.url.endswith(second)
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Subscriber")).to_be_focused()
    page.keyboard.type("gada?")  # a letter is a letter while something is typed
    expect(page.get_by_label("Subscriber")).to_have_value("gada?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert first


def test_the_keys_are_listed_and_can_be_switched_off(studio, page):
    studio.open(page, "workflows")
    link = page.get_by_role("link", name="Orders")
    expect(link).to_be_visible()
    page.keyboard.press("j")
    expect(link).to_be_focused()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    dialog.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(link).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    for key in "gr":
        page.keyboard.press(key)
    page.evaluate(DRAWN)
    expect(page.get_by_role("heading", level=1)).to_have_text("Workflows")
