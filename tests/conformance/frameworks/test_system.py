"""Counts and status over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core.engine.presence import Presence
from novu_core.version import VERSION
from tests.conformance.frameworks.test_studio import BOTH, cookie_of, log_in
from tests.providers import Refusing


def test_counts(make_api, bell):
    api = make_api(bell)
    api.execute("bell")
    told = api.get("/stats")
    assert told.status == 200
    assert [found["counts"] for found in told.json["runs"]] == [{"completed": 1}]
    assert told.json["delivery"]["providers"] == [{"channel": "in_app", "provider": "novu", "count": 1}]
    assert api.get("/stats?since=2020-01-01").status == 400
    assert api.get("/stats?bucket=year").json["errors"][0]["path"] == "/bucket"
    assert api.get("/stats?until=x").json["errors"][0]["path"] == "/until"


def test_whether_anything_is_wrong(make_api, registry, bell, framework):
    @registry.workflow("mail")
    def mail(step):
        step.email("mail", {"subject": "s", "body": "b"})

    api = make_api(bell, delivery={"email": "smtp://127.0.0.1:1?from=a@example.org", "sms": "console://"})
    told = api.get("/status").json
    assert (told["version"], told["server"], told["workers"], told["alive"]) == (
        VERSION,
        framework.partition("-")[0],
        [],
        False,
    )
    assert not [row for row in told["findings"] if "127.0.0.1" in row["problem"]]  # nobody connected there
    parts = api.novu.engine.parts
    Presence(parts).look()
    [worker] = api.get("/status").json["workers"]
    assert (worker["owner"], worker["alive"], worker["workflows"]) == (parts.owner, True, 2)


def test_which_providers_do_not_answer(make_api, registry):
    @registry.workflow("mail")
    def mail(step):
        step.sms("text", {"body": "b"})

    api = make_api(registry, delivery={"sms": [Refusing(name="carrier", timeout=None), "console://?rate=9/s"]})
    for number in range(5):
        api.novu.trigger(mail, to={"subscriberId": f"u{number}", "phone": "+15550100"})
    carrier, console, *_ = api.get("/status").json["providers"]
    assert (carrier["provider"], carrier["channel"], carrier["circuit"], carrier["failures"]) == (
        "carrier",
        "sms",
        "open",
        5,
    )
    assert (console["rate"], console["circuit"]) == ("9/s", "closed")


def test_what_is_overdue(make_api, registry):
    @registry.workflow("pause")
    def pause(step):
        step.delay("hour", {"amount": 1, "unit": "hours"})

    api = make_api(registry)
    api.execute("pause")
    assert api.get("/status").json["overdue"] == []
    clock = api.novu.clock
    later = clock.now() + timedelta(hours=2)
    api.novu.engine.parts.clock = type("Later", (), {"now": lambda self: later})()
    [late] = api.get("/status").json["overdue"]
    assert (late["workflow_id"], late["runs"]) == ("pause", 1)


@pytest.mark.parametrize("path", ["/stats", "/status", "/messages", "/subscribers", "/subscribers/ada", "/messages/x"])
def test_who_may_edit_sees_none_of_it(make_api, hello, path):
    api = make_api(hello, **BOTH)
    assert api.get(path, headers=cookie_of(log_in(api, "pass word"))).status == 403
    assert api.get(path, headers=cookie_of(log_in(api))).status in (200, 404)


def test_where_novu_keeps_the_runs(make_api, hello):
    api = make_api(hello, dispatch="cloud", secret_key="s")
    assert api.get("/status").json["dispatch"] == "cloud"
    assert api.get("/stats").status == 409
