"""Preferences: what is shown, what may be changed, and whose word is the last."""

from __future__ import annotations

import pytest

from tests.conformance.inbox.conftest import is_error

BOTH = {"in_app": True, "email": True}
WEEK = {
    "monday": {"isEnabled": True, "hours": [{"start": "09:00 AM", "end": "05:00 PM"}]},
    "sunday": {"isEnabled": False},
}


@pytest.fixture
def ada(inbox):
    @inbox.client.workflow("quiet", tags=["news"], preferences={"all": {"enabled": False, "readOnly": True}})
    def quiet(step):
        step.sms("text", {"body": "b"})

    return inbox


def shown(inbox, query=""):
    first, *others = inbox.good("ada", "GET", f"/preferences{query}")
    assert (first["level"], first["enabled"]) == ("global", True)
    assert all((each["level"], each["enabled"]) == ("template", True) for each in others)
    return {"": first["channels"], **{each["workflow"]["id"]: each["channels"] for each in others}}


def test_what_is_shown(make_inbox, framework):
    inbox = make_inbox(framework=framework)
    first, *others = inbox.good("ada", "GET", "/preferences?criticality=nonCritical")
    assert first == {"level": "global", "enabled": True, "channels": BOTH}
    assert others[0]["workflow"] == {
        "id": "order-update", "identifier": "order-update", "name": "Order updates", "critical": False, "tags": ["orders"], "severity": "none",
    }  # fmt: skip
    assert inbox.good("ada", "GET", "/preferences/global") == first
    assert [each["channels"] for each in others] == [BOTH, {"in_app": True}, BOTH]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", "order-update comment newsletter"), ("?criticality=critical", "security-alert quiet"),
        ("?criticality=all", "order-update comment newsletter security-alert quiet"), ("?tags[]=news", "newsletter"),
        ("?tags[]=news&criticality=all", "newsletter quiet"), ("?tags[0][]=social&tags[1][]=orders", "comment"), ("?severity=medium", "comment"),
        ("?severity[]=low&severity[]=none", "order-update newsletter"), ("?tags[]=orders&severity=low", ""),
    ],
)  # fmt: skip
def test_which_workflows_are_shown(ada, query, ids):
    assert " ".join([*shown(ada, query)][1:]) == ids
    assert shown(ada, query)[""] == {"in_app": True, "email": True, "sms": True}


def test_a_read_only_workflow_is_shown_as_one_that_cannot_be_changed(ada):
    found = {each["workflow"]["id"]: each for each in ada.good("ada", "GET", "/preferences?criticality=all")[1:]}
    assert (found["quiet"]["workflow"]["critical"], found["quiet"]["channels"]) == (True, {"sms": False})


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "?criticality=some", None, 422), ("GET", "?severity=urgent", None, 422), ("GET", "?tags[]=%00", None, 422),
        *(("PATCH", path, body, 422) for path in ("", "/comment") for body in [
            {"email": "false"}, {"email": 1}, {"in_app": []}, {"push": {}}, {"sms": {"enabled": True}},
        ]),
        *(("PATCH", "", {"schedule": schedule}, 422) for schedule in [
            [], "x", {}, {"isEnabled": None}, {"isEnabled": 1}, {"isEnabled": True, "weeklySchedule": {}}, {"isEnabled": True, "weeklySchedule": []},
            {"isEnabled": True, "weeklySchedule": {"mon": {"isEnabled": True}}}, {"isEnabled": True, "weeklySchedule": {"monday": {}}},
            {"isEnabled": True, "weeklySchedule": {"monday": True}}, {"isEnabled": True, "weeklySchedule": {"monday": {"isEnabled": True, "hours": {}}}},
            *({"isEnabled": True, "weeklySchedule": {"monday": {"isEnabled": True, "hours": [{"start": start, "end": "05:00 PM"}]}}}
              for start in ["17:00", "13:00 PM", "00:30 AM", "9:60 AM", "9 AM", "", None, 9, "09:00 am", "09:00 AM\n", " 09:00 AM", "09:00  AM", "\u0660\u0669:00 AM"]),
        ]),
        ("PATCH", "/nope", {"email": True}, 404), ("PATCH", "/wf3", {"email": True}, 404), ("PATCH", "/%00", {}, 404), ("PATCH", "/a%2Fb", {}, 404),
        ("PATCH", "/security-alert", {"in_app": False}, 400), ("PATCH", "/quiet", {"sms": True}, 400),
        ("PATCH", "/bulk", {"preferences": []}, 400), ("PATCH", "/bulk", {}, 422), ("PATCH", "/bulk", {"preferences": None}, 422), ("PATCH", "/bulk", {"preferences": {}}, 422),
        ("PATCH", "/bulk", {"preferences": [{"workflowId": "comment"}] * 101}, 422), ("PATCH", "/bulk", {"preferences": [{}]}, 422),
        ("PATCH", "/bulk", {"preferences": ["comment"]}, 422), ("PATCH", "/bulk", {"preferences": [{"workflowId": 1}]}, 422),
        ("PATCH", "/bulk", {"preferences": [{"workflowId": "comment", "in_app": False}, {"workflowId": "nope"}]}, 404),
        ("PATCH", "/bulk", {"preferences": [{"workflowId": "comment", "in_app": False}, {"workflowId": "security-alert"}]}, 400),
        ("PATCH", "/bulk", {"preferences": [{"workflowId": "comment", "in_app": False}, {"workflowId": "order-update", "email": "no"}]}, 422),
        ("PATCH", "/bulk", [], 400), ("PATCH", "", "x", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_changes_nothing(ada, method, path, body, status):
    before = ada.good("ada", "GET", "/preferences?criticality=all")
    is_error(ada.ask("ada", method, f"/preferences{path}", body), status)
    assert ada.good("ada", "GET", "/preferences?criticality=all") == before


def test_a_change_of_one_workflow(make_inbox, framework):
    inbox = make_inbox(framework=framework)
    told = inbox.good("ada", "PATCH", "/preferences/newsletter", {"email": False, "sms": None, "unknown": 5})
    assert (told["channels"], told["workflow"]["id"]) == ({"in_app": True, "email": False}, "newsletter")
    assert inbox.good("ada", "PATCH", "/preferences/newsletter", {}) == told
    assert inbox.ask("ada", "PATCH", "/preferences/newsletter").json["data"] == told
    assert shown(inbox) == {
        "": BOTH,
        "order-update": BOTH,
        "comment": {"in_app": True},
        "newsletter": {"in_app": True, "email": False},
    }
    assert inbox.good("eve", "GET", "/preferences")[3]["channels"] == BOTH


def test_a_bulk_is_answered_in_its_order_and_the_last_word_counts(ada):
    items = [
        {"workflowId": "newsletter", "email": True, "in_app": False},
        {"workflowId": "order-update", "email": False},
        {"workflowId": "newsletter", "email": False},
    ]
    told = ada.good("ada", "PATCH", "/preferences/bulk", {"preferences": items})
    assert [(each["workflow"]["id"], each["channels"]) for each in told] == [
        ("newsletter", {"in_app": True, "email": False}),
        ("order-update", {"in_app": True, "email": False}),
    ]
    most = {"preferences": [{"workflowId": "comment", "in_app": False}] * 100}
    assert len(ada.good("ada", "PATCH", "/preferences/bulk", most)) == 1


def test_the_global_word_is_the_last_one(ada):
    ada.good("ada", "PATCH", "/preferences/newsletter", {"email": True, "in_app": False})
    told = ada.good("ada", "PATCH", "/preferences", {"email": False})
    assert told["channels"] == {"in_app": True, "email": False, "sms": True}
    assert shown(ada)["newsletter"] == {"in_app": False, "email": False}
    ada.good("ada", "PATCH", "/preferences", {"in_app": True, "email": True})
    assert shown(ada)["newsletter"] == BOTH


def test_the_engine_obeys(ada):
    ada.good("ada", "PATCH", "/preferences/comment", {"in_app": False})
    ada.client.trigger("comment", to="ada", payload={"body": "no"})
    assert ada.bodies("ada") == []
    ada.good("ada", "PATCH", "/preferences", {"in_app": True})
    ada.send("ada", "yes", "comment")
    assert ada.bodies("ada") == ["yes"]


def test_a_schedule(make_inbox, framework):
    inbox = make_inbox(framework=framework)
    schedule = {"isEnabled": True, "weeklySchedule": WEEK}
    assert inbox.good("ada", "PATCH", "/preferences", {"schedule": schedule})["schedule"] == schedule
    assert inbox.good("ada", "PATCH", "/preferences", {"email": False})["schedule"] == schedule
    assert inbox.good("ada", "GET", "/preferences/global")["schedule"] == schedule
    week = {
        "friday": {"isEnabled": True, "hours": [{"start": "9:00AM", "end": "12:59 PM"}]},
        "monday": {"isEnabled": True, "hours": None},
    }
    told = inbox.good("ada", "PATCH", "/preferences", {"schedule": {"isEnabled": True, "weeklySchedule": week}})[
        "schedule"
    ]
    assert told["weeklySchedule"] == {"friday": week["friday"], "monday": {"isEnabled": True}}
    off = inbox.good("ada", "PATCH", "/preferences", {"schedule": {"isEnabled": False}})["schedule"]
    assert off == {"isEnabled": False, "weeklySchedule": told["weeklySchedule"]}
    assert "schedule" not in inbox.good("eve", "GET", "/preferences/global")
