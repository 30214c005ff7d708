"""``extendToSchedule``: a wait that ends outside of the subscriber's hours goes on until they begin."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from novu_core.testing import NovuEnvironment

UTC = timezone.utc
OFFICE = {"isEnabled": True, "hours": [{"start": "09:00 AM", "end": "05:00 PM"}]}
WEEK = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), OFFICE)


def sent_at(registry, start, wait, *, schedule=WEEK, zone=None, critical=False):
    """When an SMS after the given wait is sent to someone with office hours, or its step's reason for being skipped."""

    @registry.workflow("w", critical=critical)
    def w(step):
        getattr(step, wait[0])("wait", wait[1])
        step.sms("text", {"body": "b"})

    with NovuEnvironment(workflows=registry, start=start) as env:
        ada = {"subscriberId": "ada", "phone": "+491", **({"timezone": zone} if zone else {})}
        env.client.subscribers.upsert(ada)
        env.client.preferences.set("ada", {"schedule": {"isEnabled": True, "weeklySchedule": schedule}})
        run = w.trigger(to="ada")
        env.advance(days=10)
        if env.outbox:
            return env.outbox[0].created_at.strftime("%a %H:%M")
        return env.client.executions.get(run.execution_id).steps[-1].reason


MONDAY, FRIDAY = datetime(2026, 1, 5, 20, tzinfo=UTC), datetime(2026, 1, 9, 8, tzinfo=UTC)
HOUR = {"amount": 1, "unit": "hours"}
EXTENDED = {"extendToSchedule": True}


@pytest.mark.parametrize(
    ("start", "wait", "told"),
    [
        (MONDAY, ("delay", HOUR), "schedule"),
        (MONDAY, ("delay", {**HOUR, **EXTENDED}), "Tue 09:00"),
        (FRIDAY, ("delay", {"cron": "0 20 * * *", **EXTENDED}), "Mon 09:00"),
        (FRIDAY, ("digest", {"cron": "0 20 * * *", **EXTENDED}), "Mon 09:00"),
        (FRIDAY, ("digest", {"cron": "0 20 * * *"}), "schedule"),
        (FRIDAY, ("digest", {**HOUR, **EXTENDED}), "Fri 09:00"),
        (FRIDAY.replace(hour=12), ("delay", {**HOUR, **EXTENDED}), "Fri 13:00"),  # inside the hours nothing changes
        (FRIDAY.replace(hour=16), ("delay", {**HOUR, **EXTENDED}), "Mon 09:00"),  # 17:00 is no longer inside
    ],
)
def test_when_a_message_after_a_wait_is_sent(registry, start, wait, told):
    assert sent_at(registry, start, wait) == told


def test_the_hours_are_those_of_the_subscriber_s_zone(registry):
    start = datetime(2026, 1, 5, 9, tzinfo=UTC)  # 18:00 in Tokyo
    assert sent_at(registry, start, ("delay", {**HOUR, **EXTENDED}), zone="Asia/Tokyo") == "Tue 00:00"


def test_a_time_outside_here_may_be_inside_there(registry):
    start = datetime(2026, 1, 5, 20, tzinfo=UTC)  # noon in Los Angeles
    assert sent_at(registry, start, ("delay", {**HOUR, **EXTENDED}), zone="America/Los_Angeles") == "Mon 21:00"


def test_a_critical_workflow_does_not_wait_for_hours(registry):
    assert sent_at(registry, MONDAY, ("delay", {**HOUR, **EXTENDED}), critical=True) == "Mon 21:00"


def test_hours_that_never_come_are_not_waited_for(registry):
    closed = {"monday": {"isEnabled": False}}
    assert sent_at(registry, MONDAY, ("delay", {**HOUR, **EXTENDED}), schedule=closed) == "schedule"
