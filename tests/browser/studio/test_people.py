"""Who there is, what decides about messages to them, and what a workflow does."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

ADA = {"subscriberId": "ada", "firstName": "Ada", "email": "ada@example.org", "timezone": "America/New_York"}


@pytest.fixture
def studio(make_studio, registry):
    @registry.workflow("order", name="Orders", description="What became of an order.", tags=["shop"])
    def order(payload, step):
        step.email(
            "mail", {"subject": "s", "body": "b"}, control_schema={"type": "object", "properties": {"Greeting": {}}}
        )
        step.in_app("bell", {"subject": "Parcel", "body": "b"}, skip_condition="payload.plan == 'free'")

    return make_studio(registry)


def test_what_somebody_gets(studio, page):
    studio.open(page, "subscribers")
    expect(page.get_by_text("Subscribers are created by their first trigger.")).to_be_visible()
    studio.trigger("order", ADA)
    studio.client.subscribers.upsert({"subscriberId": "ben/1"})
    studio.client.topics.subscribe("team", "ada")
    studio.client.preferences.set("ada", {"channels": {"email": {"enabled": False}}}, workflow_id="order")
    page.reload()
    expect(page.get_by_role("table", name="Subscribers").locator("tbody tr")).to_have_count(2)
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("E-mail").press("Enter")
    expect(page.get_by_role("table", name="Subscribers").locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="ada", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ada")
    main = page.get_by_role("main")
    for words in ["team", "America/New_York, where it is 04:00", "off, as Ada chose for this workflow", "Parcel"]:
        expect(main).to_contain_text(words)
    expect(page.get_by_role("table", name="Runs").locator("tbody tr")).to_have_count(1)
    studio.open(page, "subscribers/ben%2F1")
    expect(page.get_by_role("heading", level=1)).to_have_text("ben/1")
    expect(main).to_contain_text("in-app only")


def test_what_a_workflow_does(studio, page):
    studio.open(page, "workflows")
    card = page.get_by_role("list", name="Workflows").get_by_role("listitem").filter(has_text="Orders").first
    expect(card).to_contain_text("What became of an order.")
    page.get_by_role("link", name="Orders").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    steps = page.get_by_role("list", name="Steps").get_by_role("listitem")
    expect(steps.first).to_contain_text("sends an e-mail")
    expect(steps.first).to_contain_text("1 control: Greeting")
    expect(steps.last).to_contain_text("Skipped where payload.plan == 'free'")
    archive, answers = page.get_by_role("button", name="Archive"), ["dismiss", "accept"]
    page.on("dialog", lambda dialog: getattr(dialog, answers.pop(0))())
    archive.click()
    assert studio.client.workflows.status("order") == "active"
    archive.click()
    expect(archive).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("archived")
    assert studio.client.workflows.status("order") == "archived"


def test_of_a_workflow_that_is_not_there_the_others_are_named(studio, page, watch):
    watch.expect("status of 404")
    studio.open(page, "workflows/odrer")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("link", name="order")).to_be_visible()
