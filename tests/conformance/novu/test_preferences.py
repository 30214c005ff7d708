"""Preferences."""

from __future__ import annotations

import pytest

from tests.conformance.novu.conftest import create, fill, is_error


@pytest.fixture
def choosy(make_novu, registry):
    @registry.workflow("critical", critical=True)
    def critical(step):
        step.email("a", {"subject": "s", "body": "b"})

    @registry.workflow("fixed", preferences={"all": {"enabled": True, "read_only": True}})
    def fixed(step):
        step.sms("a", {"body": "b"})

    @registry.workflow("quiet", preferences={"channels": {"push": {"enabled": False}}})
    def quiet(step):
        step.push("a", {"subject": "s", "body": "b"})

    novu = make_novu(fill(registry), works=False)
    create(novu, "ada")
    return novu


def shown(novu, query=""):
    return novu.good("GET", f"/v2/subscribers/ada/preferences{query}")


def test_channels_are_those_that_steps_use_and_critical_ones_are_asked_for(choosy):
    found = shown(choosy)
    assert set(found["global"]["channels"]) == {"in_app", "email", "sms", "push"}
    assert {item["workflow"]["identifier"]: item["channels"] for item in found["workflows"]} == {
        "fixed": {"sms": True}, "quiet": {"push": False}, "welcome": {"in_app": True, "email": True}, "weekly": {"email": True},
        "draft-one": {"in_app": True},
    }  # fmt: skip
    [only] = shown(choosy, "?criticality=critical")["workflows"]
    assert only["workflow"]["identifier"] == "critical"
    assert len(shown(choosy, "?criticality=all")["workflows"]) == 6
    is_error(choosy.ask("GET", "/v2/subscribers/ada/preferences?criticality=some"), 422)


@pytest.mark.parametrize("workflow_id", ["critical", "fixed"])
def test_what_subscribers_may_not_change_is_a_400_and_never_a_conflict(choosy, workflow_id):
    before = shown(choosy, "?criticality=all")
    one = {"channels": {"email": False}, "workflowId": workflow_id}
    many = {"preferences": [{"workflowId": "weekly", "channels": {"email": False}}, {**one}]}
    is_error(choosy.ask("PATCH", "/v2/subscribers/ada/preferences", one), 400)
    is_error(choosy.ask("PATCH", "/v2/subscribers/ada/preferences/bulk", many), 400)
    assert shown(choosy, "?criticality=all") == before


def test_a_whole_is_enabled_unless_it_was_closed_as_a_whole(choosy):
    path = "/v2/subscribers/ada/preferences"
    found = choosy.good("PATCH", path, {"channels": {"email": False, "in_app": False, "sms": False, "push": False}})
    assert found["global"]["enabled"] is True
    assert {item["enabled"] for item in found["workflows"]} == {True}
    choosy.client.preferences.set("ada", {"all": {"enabled": False}})
    found = shown(choosy, "?criticality=all")
    assert found["global"]["enabled"] is False
    assert {item["workflow"]["identifier"] for item in found["workflows"] if item["enabled"]} == {"critical", "fixed"}
    choosy.client.preferences.set("ada", {"all": {"enabled": True}}, "weekly")
    assert {item["workflow"]["identifier"]: item["enabled"] for item in shown(choosy)["workflows"]}["weekly"] is True


def test_a_change_changes_what_is_sent_and_a_schedule_stays(choosy):
    hours = {
        "isEnabled": True,
        "weeklySchedule": {"monday": {"isEnabled": True, "hours": [{"start": "09:00 AM", "end": "05:00 PM"}]}},
    }
    path = "/v2/subscribers/ada/preferences"
    choosy.good("PATCH", path, {"channels": {"email": False}, "schedule": hours})
    found = choosy.good("PATCH", path, {"channels": {"in_app": False}})
    assert found["global"]["channels"] == {"in_app": False, "email": False, "sms": True, "push": True}
    assert found["global"]["schedule"] == hours
    found = choosy.good("PATCH", path, {"channels": {"email": True}, "workflowId": "welcome"})
    assert {item["workflow"]["identifier"]: item["channels"] for item in found["workflows"]}["welcome"] == {
        "in_app": False,
        "email": True,
    }
    assert choosy.good("PATCH", path, {}) == found
    assert choosy.good("PATCH", path, {"channels": None, "workflowId": None, "schedule": None}) == found


@pytest.mark.parametrize(
    "body",
    [
        {"channels": []}, {"channels": {"email": "no"}}, {"channels": {"pigeon": True}}, {"schedule": "always"}, {"workflowId": 5},
        {"schedule": {"isEnabled": 1}}, {"schedule": {"isEnabled": True, "weeklySchedule": {"someday": {}}}},
    ],
)  # fmt: skip
def test_preferences_that_cannot_be_meant(choosy, body):
    before = shown(choosy)
    is_error(choosy.ask("PATCH", "/v2/subscribers/ada/preferences", body), 422)
    assert shown(choosy) == before


def test_several_preferences_are_changed_together_or_not_at_all(choosy):
    path = "/v2/subscribers/ada/preferences/bulk"
    items = [
        {"workflowId": "weekly", "channels": {"email": False}},
        {"workflowId": "welcome", "channels": {"in_app": False}},
    ]
    done = choosy.good("PATCH", path, {"preferences": items})
    assert [(item["workflow"]["id"], item["channels"]) for item in done] == [
        ("weekly", {"email": False}),
        ("welcome", {"in_app": False, "email": True}),
    ]
    before = shown(choosy)
    is_error(
        choosy.ask(
            "PATCH",
            path,
            {
                "preferences": [
                    {"workflowId": "weekly", "channels": {"email": True}},
                    {"workflowId": "none", "channels": {}},
                ]
            },
        ),
        404,
    )
    is_error(choosy.ask("PATCH", path, {"preferences": items * 51}), 422)
    is_error(choosy.ask("PATCH", path, {}), 422)
    assert shown(choosy) == before
    assert choosy.good("PATCH", path, {"preferences": []}) == []
    for method, tail in (("GET", ""), ("PATCH", ""), ("PATCH", "/bulk")):
        body = {"preferences": []} if tail else {}
        is_error(choosy.ask(method, f"/v2/subscribers/none/preferences{tail}", body), 404)


def test_the_older_routes_change_the_same_preferences(choosy):
    path = "/v1/subscribers/ada/preferences"
    found = choosy.good("GET", path)
    assert [item["template"]["_id"] for item in found][:2] == ["critical", "fixed"]
    assert choosy.good("GET", f"{path}/template") == found
    done = choosy.good("PATCH", f"{path}/welcome", {"channel": {"type": "email", "enabled": False}})
    assert (done["template"]["triggers"][0]["identifier"], done["preference"]["channels"]) == (
        "welcome",
        {"in_app": True, "email": False},
    )
    assert choosy.good("PATCH", f"{path}/weekly", {"enabled": False})["preference"] == {
        "enabled": False,
        "channels": {"email": False},
        "overrides": [],
    }
    assert choosy.good("PATCH", f"{path}/weekly", {})["preference"]["enabled"] is False
    done = choosy.good("PATCH", path, {"enabled": True, "preferences": [{"type": "in_app", "enabled": False}]})
    assert (done["preference"]["enabled"], done["preference"]["channels"]["in_app"]) == (True, False)
    assert choosy.good("GET", f"{path}/global") == [done]
    newer = {item["workflow"]["identifier"]: item["channels"] for item in shown(choosy)["workflows"]}
    assert (newer["welcome"], newer["weekly"]) == ({"in_app": False, "email": False}, {"email": False})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/critical", {"enabled": False}, 400), ("/fixed", {"channel": {"type": "sms", "enabled": False}}, 400), ("/none", {}, 404),
        ("/welcome", {"channel": {"type": "pigeon", "enabled": True}}, 422), ("/welcome", {"channel": {"type": "email"}}, 422),
        ("/welcome", {"enabled": "no"}, 422), ("", {"preferences": {}}, 422), ("", {"preferences": [{"type": 5, "enabled": True}]}, 422),
    ],
)  # fmt: skip
def test_the_older_routes_refuse_what_cannot_be_meant(choosy, path, body, status):
    before = shown(choosy, "?criticality=all")
    is_error(choosy.ask("PATCH", f"/v1/subscribers/ada/preferences{path}", body), status)
    assert shown(choosy, "?criticality=all") == before
    is_error(choosy.ask("PATCH", f"/v1/subscribers/none/preferences{path}", {}), 404)
    is_error(choosy.ask("GET", "/v1/subscribers/ada/preferences/other"), 404)
    for tail in ("", "/global", "/template"):
        is_error(choosy.ask("GET", f"/v1/subscribers/none/preferences{tail}"), 404)
