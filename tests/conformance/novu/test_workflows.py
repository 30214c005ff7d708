"""Workflows, their steps, integrations and the environment, to read."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from novu_core.types import Channel
from tests.conformance.novu.conftest import fill, is_error
from tests.conformance.novu.test_history import check


class Controls(BaseModel):
    subject: str = "Hello"
    body: str = ""
    count: int = 1


@pytest.fixture
def novu(make_novu, registry):
    @registry.workflow(
        "letters", name="Alphabet", tags=["abc", "xyz"], severity="high", description="Letters.", critical=True
    )
    def letters(step):
        step.email("mail", lambda controls: {"subject": controls.subject, "body": "b"}, control_schema=Controls)
        step.throttle("limit", {"amount": 1, "unit": "hours", "threshold": 1})

    @registry.workflow(
        "quiet", preferences={"all": {"enabled": False, "read_only": True}, "channels": {"email": {"enabled": True}}}
    )
    def quiet(step):
        step.in_app("a", {"body": "b"})

    @registry.workflow("broken")
    def broken(payload, step):
        raise ValueError("not even with placeholders")

    return make_novu(
        fill(registry),
        works=False,
        delivery={"email": ["smtp://localhost?from=a@b.c", "console://"], "chat": "https://x.example"},
    )


def found(novu, query=""):
    data = novu.good("GET", f"/v2/workflows{query}")
    check("ListWorkflowResponse", data)
    return [item["workflowId"] for item in data["workflows"]], data["totalCount"]


def test_a_list_is_in_the_order_of_registration_unless_names_order_it(novu):
    everything = ["letters", "quiet", "broken", "welcome", "weekly", "draft-one"]
    assert found(novu) == (everything, 6)
    assert found(novu, "?limit=2.0&offset=1.0") == (["quiet", "broken"], 6)
    assert found(novu, "?orderBy=name&orderDirection=ASC")[0] == [
        "letters",
        "broken",
        "draft-one",
        "quiet",
        "weekly",
        "welcome",
    ]
    assert found(novu, "?orderBy=name")[0][0] == "welcome"
    assert found(novu, "?orderBy=createdAt&orderDirection=ASC")[0] == everything
    assert found(novu, "?offset=9") == ([], 6)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("query=ALPHA", ["letters"]), ("query=we", ["welcome", "weekly"]), ("query=%25", []), ("tags=abc", ["letters"]),
        ("tags=abc&tags=onboarding", ["letters", "welcome"]), ("status=INACTIVE", ["draft-one"]), ("status=ERROR", ["broken"]),
        ("status=INACTIVE&status=ERROR", ["broken", "draft-one"]), ("status=OTHER", []), ("query=e&tags=xyz", ["letters"]),
    ],
)  # fmt: skip
def test_filters(novu, query, ids):
    assert found(novu, f"?{query}") == (ids, len(ids))


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "offset=-1", "orderBy=size", "orderDirection=UP"])
def test_what_cannot_be_meant(novu, query):
    is_error(novu.ask("GET", f"/v2/workflows?{query}"), 422)


@pytest.mark.parametrize("workflow_id", ["letters", "quiet", "broken", "welcome", "weekly", "draft-one"])
def test_every_workflow_can_be_read(novu, workflow_id):
    check("Workflow", novu.good("GET", f"/v2/workflows/{workflow_id}"))


def test_what_a_workflow_tells(novu):
    letters = novu.good("GET", "/v2/workflows/letters")
    assert (letters["name"], letters["description"], letters["severity"], letters["tags"]) == (
        "Alphabet",
        "Letters.",
        "high",
        ["abc", "xyz"],
    )
    assert (letters["status"], letters["active"], letters["origin"]) == ("ACTIVE", True, "external")
    assert letters["preferences"]["default"]["all"] == {"enabled": True, "readOnly": True}
    assert letters["createdAt"] == novu.good("GET", "/v2/workflows/quiet")["createdAt"]
    quiet = novu.good("GET", "/v2/workflows/quiet")["preferences"]["default"]
    assert quiet["all"] == {"enabled": False, "readOnly": True}
    assert quiet["channels"] == {channel.value: {"enabled": channel is Channel.EMAIL} for channel in Channel}
    broken = novu.good("GET", "/v2/workflows/broken")
    assert (broken["status"], broken["active"], broken["steps"], "description" in broken) == ("ERROR", False, [], False)
    assert novu.good("GET", "/v2/workflows/draft-one")["status"] == "INACTIVE"
    assert novu.good("GET", "/v2/workflows/welcome")["payloadSchema"]["required"] == ["firstName"]


def test_a_step_by_either_of_its_ids_with_its_stored_controls(novu):
    novu.client.controls.set("letters", {"subject": "Stored", "count": 7}, "mail")
    for step_id in ("mail", "letters:mail"):
        step = novu.good("GET", f"/v2/workflows/letters/steps/{step_id}")
        check("WorkflowStep", step)
        assert step["controls"]["values"] == {"subject": "Stored", "count": 7}
        assert set(step["controls"]["dataSchema"]["properties"]) == {"subject", "body", "count"}
    for path in ("letters/steps/none", "none/steps/mail", "broken/steps/a", "letters/steps/%00", "%00/steps/a"):
        is_error(novu.ask("GET", f"/v2/workflows/{path}"), 404)


def test_integrations_are_the_providers_in_their_order(novu):
    integrations = novu.good("GET", "/v1/integrations")
    for integration in integrations:
        check("Integration", integration)
    assert [(item["channel"], item["providerId"], item["identifier"], item["primary"]) for item in integrations] == [
        ("in_app", "novu", "in_app", True), ("email", "nodemailer", "email", True), ("email", "nodemailer", "email-1", False),
        ("chat", "chat-webhook", "chat", True),
    ]  # fmt: skip
    assert novu.good("GET", "/v1/integrations/active") == integrations
    [environment] = novu.good("GET", "/v1/environments")
    assert (environment["_id"], "apiKeys" in environment) == ("embedded", False)
