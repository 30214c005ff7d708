"""Each gate that can close has its sentence, in the Studio and in print."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from flask_novu.cli import novu_cli
from tests.browser.studio.conftest import Mailer, timeline

HOURS = {
    "isEnabled": True,
    "weeklySchedule": {"tuesday": {"isEnabled": True, "hours": [{"start": "09:00", "end": "17:00"}]}},
}
ADA = {"subscriberId": "ada", "firstName": "Ada", "email": "ada@example.org"}
MAIL = {"subject": "s", "body": "b"}


@pytest.fixture
def studio(make_studio, registry):
    @registry.workflow("plain")
    def plain(payload, step):
        step.email("mail", MAIL, skip=lambda: payload.get("skip", False))
        step.sms("text", {"body": "b"}, skip_condition="payload.plan == 'free'")
        step.in_app("bell", {"body": "b"})

    @registry.workflow("quiet", preferences={"channels": {"email": {"enabled": False}}})
    def quiet(step):
        step.email("mail", MAIL)

    @registry.workflow("fixed", preferences={"all": {"enabled": False, "read_only": True}})
    def fixed(step):
        step.email("mail", MAIL)

    @registry.workflow("calm")
    def calm(step):
        step.throttle("limit", {"type": "fixed", "amount": 1, "unit": "hours", "threshold": 1})
        step.in_app("bell", {"body": "b"})

    @registry.workflow("later")
    def later(step):
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.email("mail", MAIL)

    @registry.workflow("late")
    def late(payload, step):
        step.delay("until", {"type": "dynamic", "dynamicKey": "payload.at"}, on_past="skip")

    return make_studio(registry)


def wants(studio, **preferences):
    studio.client.preferences.set("ada", preferences)


OFF = {"channels": {"email": {"enabled": False}}}
GATES = {
    "the code": (lambda studio: studio.trigger("plain", ADA, skip=True), 0, "its skip function returned true."),
    "a condition": (
        lambda studio: studio.trigger("plain", {**ADA, "phone": "+4915"}, plan="free"),
        1,
        "its skip condition was true. payload.plan == 'free' payload.plan was \"free\"",
    ),
    "the workflow": (
        lambda studio: studio.trigger("quiet", ADA),
        0,
        "the workflow has e-mail switched off, and Ada did not switch it on.",
    ),
    "this workflow": (
        lambda studio: [studio.client.preferences.set("ada", OFF, workflow_id="plain"), studio.trigger("plain", ADA)][
            1
        ],
        0,
        "Ada switched e-mail off for this workflow.",
    ),
    "everything": (
        lambda studio: [wants(studio, **OFF), studio.trigger("plain", ADA)][1],
        0,
        "Ada switched e-mail off for everything.",
    ),
    "nobody's choice": (
        lambda studio: studio.trigger("fixed", ADA),
        0,
        "the workflow has e-mail switched off, and nobody can switch it on.",
    ),
    "the end of a subscriber": (
        lambda studio: [
            studio.trigger("later", ADA),
            studio.client.subscribers.delete("ada"),
            studio.env.advance(hours=2),
        ][0],
        1,
        "the subscriber had been deleted.",
    ),
    "the past": (
        lambda studio: studio.trigger("late", ADA, at="2026-01-01T09:00:00Z"),
        0,
        "its time was already in the past.",
    ),
    "the end of a run": (
        lambda studio: [
            run := studio.trigger("later", ADA),
            studio.client.executions.cancel(run),
        ][0],
        0,
        "the run was canceled.",
    ),
    "hours": (
        lambda studio: [wants(studio, schedule=HOURS), studio.trigger("plain", ADA)][1],
        0,
        "it was outside the hours in which Ada wants messages.",
    ),
    "a throttle": (
        lambda studio: [studio.trigger("calm", ADA), studio.trigger("calm", ADA)][1],
        1,
        "the throttle before it had reached its limit.",
    ),
}


@pytest.mark.parametrize("name", GATES)
def test_each_gate_has_its_sentence(studio, page, name):
    trigger, row, sentence = GATES[name]
    run = trigger(studio)
    studio.open(page, f"runs/{run}")
    expect(timeline(page).nth(row)).to_contain_text(f"Skipped: {sentence}", use_inner_text=True)
    printed = studio.app.test_cli_runner().invoke(novu_cli, ["executions", "show", run]).output.splitlines()
    gates = timeline(page).locator(".gate").all_inner_texts()
    assert [line.partition(": ")[2] for line in printed if ": Skipped: " in line] == gates


def test_a_condition_tells_what_it_read_when_it_held(make_studio, registry, page):
    @registry.workflow("code")
    def code(payload, step):
        held = "payload.api_keys[0] and payload.plan in ['free', 'trial'] and not payload.team"
        step.in_app("bell", {"body": "b"}, skip_condition=held)

    studio = make_studio(registry)
    run = studio.trigger("code", ADA, plan="trial", api_keys=["hunter2"])
    studio.open(page, f"runs/{run}")
    row = timeline(page).first
    expect(row).to_contain_text("payload.api_keys[0] and payload.plan in ['free', 'trial'] and not payload.team")
    expect(row.get_by_role("listitem")).to_have_text(
        ["payload.api_keys[0] was ••••", 'payload.plan was "trial"', "payload.team was absent"]
    )


def test_without_an_address_nothing_is_sent(make_studio, registry, page):
    @registry.workflow("plain")
    def plain(step):
        step.email("mail", MAIL)

    studio = make_studio(registry, [Mailer("only")])
    studio.open(page, f"runs/{studio.trigger('plain', 'ben')}")
    expect(timeline(page)).to_contain_text("Skipped: ben has no e-mail address.")
