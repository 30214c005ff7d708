"""Every workflow of the example app can be previewed; what schemas ask for becomes typed, labelled fields."""

from __future__ import annotations

import json
from datetime import date
from enum import Enum
from typing import Annotated, Literal

import pytest
from playwright.sync_api import expect
from pydantic import BaseModel, Field

from example_app import create_app
from novu_core.testing import NovuEnvironment
from tests.browser.studio.conftest import Studio, previewed


class Size(Enum):
    SMALL = "S"
    LARGE = "L"


class Address(BaseModel):
    street: str
    number: int | None = None


class Everything(BaseModel):
    text: str = Field(title="A text", description="What to say.")
    whole: int
    part: float = 0.5
    yes: bool = False
    day: date | None = None
    size: Size = Size.SMALL
    kind: Literal["a", "b"] = "a"
    maybe: Annotated[str | None, Field(max_length=20)] = None
    tags: list[str] = []
    home: Address
    others: list[Address] = []
    free: dict[str, int] = {}


@pytest.fixture
def studio(make_studio, registry):
    @registry.workflow("all", name="All")
    def everything(payload: Everything, step):
        step.in_app("bell", lambda: {"body": payload.model_dump_json()}, disable_output_sanitization=True)

    @registry.workflow("digests")
    def digests(step):
        step.digest("collect", {"amount": 1, "unit": "hours"})
        step.email(
            "mail",
            lambda controls: {"subject": controls["subject"], "body": "b"},
            control_schema={"type": "object", "properties": {"subject": {"type": "string", "default": "Hello"}}},
        )

    return make_studio(registry, secret_key="key", studio_password="pass word", strict_authentication=True)


def log_in(page, password):
    page.get_by_label("Password or secret key").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("navigation", name="Studio")).to_be_visible()


def test_every_kind_of_value_is_typed_in_and_comes_back_as_it_is(studio, page, watch):
    watch.expect("status of 400")
    studio.open(page, "workflows/all/bell")
    log_in(page, "key")
    region = page.get_by_role("region", name="Preview")
    expect(page.get_by_label("A text", exact=True)).to_have_accessible_description("What to say.")
    page.get_by_label("A text", exact=True).fill("tëxt")
    page.get_by_label("Whole", exact=True).fill("7")
    page.get_by_label("Part", exact=True).press("ControlOrMeta+a")
    page.get_by_label("Part", exact=True).press_sequentially("1.25")
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("Day", exact=True).fill("2026-02-03")
    page.get_by_label("Size", exact=True).select_option("L")
    page.get_by_label("Kind", exact=True).select_option("b")
    tags = page.get_by_role("group", name="Tags")
    tags.get_by_role("button", name="Add").click()
    tags.get_by_label("Tags 1", exact=True).fill("one")
    tags.get_by_role("button", name="Add").click()
    tags.get_by_role("button", name="Remove Tags 2").click()
    home = page.get_by_role("group", name="Address")
    home.get_by_label("Street", exact=True).fill("Main")
    others = page.get_by_role("group", name="Others", exact=True)
    others.get_by_role("button", name="Add").click()
    page.get_by_role("group", name="Others 1").get_by_label("Number").fill("5")
    page.get_by_label("Free", exact=True).fill('{"a": 1')
    expect(page.get_by_label("Free", exact=True)).to_have_accessible_description("This is not JSON yet.")
    page.get_by_label("Free", exact=True).fill('{"a": 1}')
    expect(region).to_contain_text('"free":{"a":1}')
    page.get_by_role("button", name="JSON", exact=True).click()
    found = json.loads(page.get_by_label("Payload as JSON").input_value())
    assert {name: value for name, value in found.items() if name not in ("home", "others", "maybe")} == {
        "text": "tëxt", "whole": 7, "part": 1.25, "yes": True, "day": "2026-02-03", "size": "L", "kind": "b",
        "tags": ["one"], "free": {"a": 1},
    }  # fmt: skip
    assert (found["home"]["street"], found["others"][0]["number"], found.get("maybe")) == ("Main", 5, None)


def test_the_role_edit_previews_and_saves_and_asks_for_nothing_else(studio, page, watch):
    studio.open(page, "workflows/digests/mail")
    log_in(page, "pass word")
    expect(page.get_by_role("region", name="Preview")).to_contain_text("Hello")
    expect(page.get_by_label("Subscriber", exact=True)).to_have_count(0)
    field = page.get_by_label("subject", exact=True)
    field.fill("Welcome")
    page.get_by_role("button", name="Save controls").click()
    expect(page.get_by_text("Saved. The next run uses it.")).to_be_visible()
    page.get_by_text("History").click()
    expect(page.get_by_role("list", name="History")).to_contain_text("Studio (edit)")
    page.get_by_role("link", name="digests").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("digests")
    expect(page.get_by_role("button", name="Trigger")).to_have_count(0)
    for path in ("/executions", "/messages", "/subscribers", "/stats"):
        assert watch.asked(path) == []


def test_every_step_of_the_example_app_is_previewed(serve, page, tmp_path, monkeypatch):
    monkeypatch.setenv("EXAMPLE_INSTANCE_PATH", str(tmp_path))
    app = create_app({"TESTING": True, "NOVU_STUDIO": "on"})
    app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    with NovuEnvironment(app=app) as env:
        studio = Studio(app, env, serve(app))
        workflows = [env.client.registry[name] for name in env.client.registry]
        studio.open(page, "workflows")
        expect(page.get_by_role("list", name="Workflows").get_by_role("heading")).to_have_count(len(workflows))
        for workflow in workflows:
            for step in workflow.steps:
                studio.open(page, f"workflows/{workflow.workflow_id}/{step.step_id}")
                region = previewed(page)
                expect(region.get_by_role("alert")).to_have_count(0)
                expect(region.locator("iframe, details, p").first).to_be_visible()
