"""What a step would say, live while typing, and what may be changed in it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from pydantic import BaseModel, Field

from tests.browser.studio.conftest import previewed

REFUSED = "status of (400|412)"


class Item(BaseModel):
    name: str = Field(examples=["Lamp"])
    price: float = 2.5


class Order(BaseModel):
    """An order."""

    order_id: int = Field(title="Number", examples=[7])
    note: str | None = None
    express: bool = False
    items: list[Item] = []
    size: str = Field("M", json_schema_extra={"enum": ["S", "M", "L"]})


CONTROLS = {
    "type": "object",
    "properties": {
        "subject": {"type": "string", "title": "Subject line", "default": "Order {{payload.order_id}}"},
        "many": {"type": "integer", "default": 3},
    },
}
WORDS = {"de": "Hallo", "en": "Hello"}


@pytest.fixture
def studio(make_studio, registry):
    @registry.workflow("order", name="Orders")
    def order(payload: Order, step, subscriber):
        step.delay("pause", {"amount": 1, "unit": "hours"})
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        found = step.custom(
            "look-up",
            lambda: {"weather": "rain"},
            output_schema={"type": "object", "properties": {"weather": {"type": "string"}}},
        )
        step.email(
            "mail",
            lambda controls: {
                "subject": controls["subject"],
                "html": f"<p>{WORDS[(subscriber.locale or 'en')[:2]]} {payload.note!r} {payload.express!r} "
                f"{[item.name for item in payload.items]} {payload.size} {batch.event_count} {found.get('weather')}</p>",
            },
            control_schema=CONTROLS,
        )
        step.in_app("bell", {"body": "b"}, skip=lambda: payload.express)

    return make_studio(registry, studio_password="pass word")


@pytest.fixture
def mail(studio, page):
    """The step's page, open, and its frame."""
    studio.open(page, "workflows/order/mail")
    frame = page.frame_locator("iframe")
    expect(frame.locator("p")).to_contain_text("Hello None False [] M 3")
    previewed(page)  # with the controls, which come after a first one
    return frame.locator("p")


def subject(page):
    return (
        page.get_by_role("region", name="Preview")
        .get_by_role("definition")
        .filter(has_text=re.compile("^(Order|Your|Their)"))
    )


def test_typing_is_previewed_and_the_focus_stays(studio, page, mail):
    note = page.get_by_label("note")
    note.press_sequentially("as a gift")
    expect(mail).to_contain_text("'as a gift'")
    expect(note).to_be_focused()
    page.get_by_label("Number", exact=True).fill("12")
    expect(subject(page)).to_have_text("Order 12")
    page.get_by_label("express").check()
    page.get_by_label("size").select_option("L")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("group", name="items 1").get_by_label("name").fill("Chair")
    expect(mail).to_contain_text("'as a gift' True ['Chair'] L 3")
    page.get_by_role("button", name="JSON", exact=True).click()
    text = page.get_by_label("Payload as JSON")
    assert '"order_id": 12' in text.input_value()
    text.fill('{"order_id": 13}')
    expect(subject(page)).to_have_text("Order 13")
    assert list(studio.env.outbox) == list(studio.client.executions.list()) == []


def test_the_last_answer_wins(page, mail):
    held = []
    page.route(
        "**/preview", lambda route: held.append(route) if "first" in route.request.post_data else route.continue_()
    )
    note = page.get_by_label("note")
    with page.expect_request(lambda asked: "first" in (asked.post_data or "")):  # not the one with the controls
        note.fill("first")
    note.fill("second")
    expect(mail).to_contain_text("'second'")
    assert len(held) == 1  # and is not waited for any more
    page.unroute_all(behavior="ignoreErrors")


def test_german_twenty_events_and_what_earlier_code_returned(page, mail):
    page.get_by_label("Language").fill("de")
    expect(mail).to_contain_text("Hallo")
    page.get_by_label("Number of events").fill("20")
    expect(mail).to_contain_text("M 20")
    page.get_by_label("look-up").fill('{"weather": "sun"}')
    expect(mail).to_contain_text("M 20 sun")


def test_the_events_of_an_open_window(studio, page):
    for number in range(4):
        studio.trigger("order", "ada", order_id=number)
    studio.advance(page, hours=1)
    studio.open(page, "workflows/order/mail")
    page.get_by_label("Events of").select_option(index=1)
    expect(page.frame_locator("iframe").locator("p")).to_contain_text("M 4")
    page.get_by_label("Begin with").select_option(index=1)
    expect(page.get_by_label("Number", exact=True)).to_have_value("3")


def test_what_the_server_refuses_stands_at_its_field(page, mail, watch):
    watch.expect(REFUSED)
    number = page.get_by_label("Number", exact=True)
    number.fill("twelve")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(number).to_have_accessible_description(
        "Input should be a valid integer, unable to parse string as an integer"
    )
    expect(mail).to_contain_text("Hello")
    number.fill("12")
    expect(number).not_to_have_attribute("aria-invalid", "true")
    expect(subject(page)).to_have_text("Order 12")


def test_what_would_keep_it_back_and_when_it_would_go_on(studio, page):
    studio.client.subscribers.upsert({"subscriberId": "ada"})
    studio.client.preferences.set("ada", {"channels": {"in_app": {"enabled": False}}})
    studio.open(page, "workflows/order/bell")
    region = page.get_by_role("region", name="Preview")
    page.get_by_label("Subscriber", exact=True).fill("ada")
    expect(region).to_contain_text("Skipped: ada switched in-app messages off for everything.")
    page.get_by_label("Subscriber", exact=True).fill("")
    page.get_by_label("express").check()
    expect(region).to_have_text(re.compile(r"Skipped: its skip function returned true\.$"))
    studio.open(page, "workflows/order/pause")
    expect(region).to_contain_text("It would go on at 11:00 (in 1 hour).")


def test_controls_are_saved_raw_and_reset(studio, page, mail):
    field = page.get_by_label("Subject line", exact=True)
    expect(field).to_have_value("Order {{payload.order_id}}")
    field.fill("Your order {{payload.order_id}}")
    expect(subject(page)).to_have_text("Your order 7")
    page.get_by_role("button", name="Save controls").click()
    expect(page.get_by_text("Saved. The next run uses it.")).to_be_visible()
    assert studio.client.controls.get("order", "mail") == {"subject": "Your order {{payload.order_id}}"}
    page.get_by_role("button", name="Reset Subject line").click()
    expect(field).to_have_value("Order {{payload.order_id}}")
    expect(subject(page)).to_have_text("Order 7")
    page.get_by_role("button", name="Save controls").click()
    expect(page.get_by_text("Saved. The next run uses it.")).to_be_visible()
    assert studio.client.controls.get("order", "mail") == {}
    page.get_by_text("History").click()
    history = page.get_by_role("list", name="History").get_by_role("listitem")
    expect(history).to_have_count(2)
    history.filter(has_text="Your order").get_by_role("button", name="Put back").click()
    expect(field).to_have_value("Your order {{payload.order_id}}")
    assert studio.client.controls.get("order", "mail") == {"subject": "Your order {{payload.order_id}}"}


def test_a_colleagues_change_is_not_overwritten_unseen(studio, page, mail, watch):
    watch.expect(REFUSED)
    field, save = page.get_by_label("Subject line", exact=True), page.get_by_role("button", name="Save controls")
    field.fill("Your order")
    studio.client.controls.set("order", {"subject": "Their order"}, "mail")
    save.click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else changed these controls meanwhile.")
    expect(page.get_by_role("alert")).to_contain_text("Their order")
    assert studio.client.controls.get("order", "mail") == {"subject": "Their order"}
    page.get_by_role("button", name="Take theirs").click()
    expect(field).to_have_value("Their order")
    field.fill("Your order")
    studio.client.controls.set("order", {"subject": "Their order again"}, "mail")
    save.click()
    page.get_by_role("button", name="Keep mine, to save it over theirs").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(field).to_have_value("Your order")
    save.click()
    expect(page.get_by_text("Saved. The next run uses it.")).to_be_visible()
    assert studio.client.controls.get("order", "mail") == {"subject": "Your order"}


def test_a_control_that_is_refused_says_so_and_nothing_is_saved(studio, page, mail, watch):
    watch.expect(REFUSED)
    many = page.get_by_label("many", exact=True)
    many.fill("few")
    page.get_by_role("button", name="Save controls").click()
    expect(many).to_have_attribute("aria-invalid", "true")
    assert studio.client.controls.get("order", "mail") == {}


def test_leaving_with_changes_asks(page, mail, watch):
    page.get_by_label("Subject line", exact=True).fill("Your order")
    answers = ["dismiss", "accept"]
    page.on("dialog", lambda dialog: getattr(dialog, answers.pop(0))())
    page.get_by_role("link", name="Runs").click()
    watch.until(lambda: answers == ["accept"] and page.url.endswith("/mail"))
    expect(page.get_by_label("Subject line", exact=True)).to_have_value("Your order")
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    assert answers == []


def test_a_desktop_and_a_phone(page, mail, watch):
    frame = page.locator("iframe")
    page.get_by_role("button", name="Phone").click()
    watch.until(lambda: (frame.bounding_box() or {}).get("width") == 390)
    page.get_by_role("button", name="Desktop").click()
    watch.until(lambda: (frame.bounding_box() or {}).get("width", 0) > 390)
