"""What the heartbeat learns: runs that take long, runs that are lost, and a store that was away."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from novu_core.engine.heartbeat import Heartbeat
from novu_core.engine.stuck import stuck
from novu_core.errors import LeaseLostError, StoreBusyError, StoreError, StoreRefusedError
from novu_core.storage.troubles import Trouble, translated
from tests.unit.conftest import START


@pytest.fixture
def away(client, monkeypatch):
    """Return a function that lets the store refuse to renew leases, and one that lets it again."""

    def gone(*_):
        raise StoreError("gone")

    def begin():
        monkeypatch.setattr(client.engine.parts.store, "renew", gone)

    return begin, monkeypatch.undo


def warnings(caplog):
    found = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    caplog.clear()
    return found


def taken_over(client, row, *, suspects=False):
    """Let another worker claim what is due; return how many take-overs are counted."""
    parts, now = client.engine.parts, client.clock.now()
    [found] = parts.store.claim(["w"], now, now + parts.lease, "other", 1, suspects=suspects)
    assert found.execution_id == row.execution_id
    return found.takeovers


def test_a_run_that_takes_longer_than_its_lease_is_named_whenever_that_has_doubled(client, claimed, caplog):
    row, heartbeat = claimed(), client.engine.runner.active
    heartbeat.add(row)
    client.clock.advance(timedelta(seconds=300))
    heartbeat.warn()
    assert warnings(caplog) == []  # it waits for a thread
    heartbeat.begin(row)
    told = {}
    for seconds in range(0, 300, 10):
        heartbeat.warn()
        told.update((seconds, text) for text in warnings(caplog))
        client.clock.advance(timedelta(seconds=10))
        row.current_step = "c" if seconds >= 30 else None
    assert list(told) == [30, 60, 120, 240]
    assert told[30] == (
        f"Execution {row.execution_id} of w has been running for 30 seconds, before its first step; its lease is 30 "
        "seconds. If it hangs, cancel it; only its own code can free its thread."
    )
    assert f"Execution {row.execution_id} of w has been running for 240 seconds, at step c; " in told[240]


@pytest.mark.parametrize("leases", [1, 5, 64])
def test_a_clock_that_jumps_makes_one_line(client, claimed, caplog, leases):
    row, heartbeat = claimed(), client.engine.runner.active
    heartbeat.begin(row)
    client.clock.advance(client.engine.parts.lease * leases)
    for _ in range(3):
        heartbeat.warn()
    assert len(warnings(caplog)) == 1
    heartbeat.remove(row)
    client.clock.advance(client.engine.parts.lease * 100)
    heartbeat.warn()
    assert warnings(caplog) == []


@pytest.mark.parametrize("how", ["canceled", "taken over"])
def test_a_run_that_is_lost_is_noticed_and_told(client, claimed, caplog, how):
    row, heartbeat = claimed(), client.engine.runner.active
    heartbeat.begin(row)
    assert not heartbeat.lost(row)
    client.clock.advance(client.engine.parts.lease)
    if how == "canceled":
        client.executions.cancel(row.execution_id)
    else:
        assert taken_over(client, row) == 1
    heartbeat.beat()
    assert heartbeat.lost(row)
    [told] = warnings(caplog)
    assert told.endswith("It was canceled or taken over, and what it does is no longer recorded.")
    heartbeat.beat()
    heartbeat.remove(row)
    assert not heartbeat.lost(row)


def test_two_claims_of_one_run_are_two(client, claimed):
    row, heartbeat, parts = claimed(), client.engine.runner.active, client.engine.parts
    heartbeat.begin(row)
    client.clock.advance(parts.lease)
    now = client.clock.now()
    [again] = parts.store.claim(["w"], now, now + parts.lease, "me", 1)
    heartbeat.begin(again)
    client.clock.advance(parts.lease / 2)
    heartbeat.renew()
    assert (heartbeat.lost(row), heartbeat.lost(again)) == (True, False)
    assert heartbeat.get(row.execution_id) is again
    heartbeat.remove(row)
    assert heartbeat.get(row.execution_id) is again
    heartbeat.remove(again)
    assert heartbeat.get(row.execution_id) is None


@pytest.mark.parametrize("outages", [1, 2, 9])
def test_a_run_that_goes_on_while_the_store_is_away_keeps_its_owner(client, claimed, away, outages):
    row, worker, heartbeat = claimed(), client.worker, client.engine.runner.active
    begin, end = away
    heartbeat.begin(row)
    for _ in range(outages):
        begin()
        client.clock.advance(client.engine.parts.lease * 2)
        heartbeat.beat()
        end()
        assert worker.run_due() == 0  # the lease is renewed before anything is claimed
    assert client.engine.parts.store.execution(row.execution_id).fence == row.fence
    heartbeat.remove(row)
    client.clock.advance(client.engine.parts.lease)
    assert worker.run_due() == 1
    assert client.executions.get(row.execution_id).status == "completed"


def taken_over_while_away(client, row, away):
    """Another worker takes a run whose lease could not be renewed, since the store was away."""
    heartbeat = client.engine.runner.active
    heartbeat.begin(row)
    client.clock.advance(client.engine.parts.lease)
    begin, end = away
    begin()
    heartbeat.beat()
    end()
    assert taken_over(client, row) == 1


def test_a_take_over_of_a_run_that_could_not_be_renewed_is_not_counted(client, claimed, away):
    row, heartbeat = claimed(), client.engine.runner.active
    taken_over_while_away(client, row, away)
    heartbeat.beat()
    assert client.engine.parts.store.execution(row.execution_id).takeovers == 0
    heartbeat.abandon(row, LeaseLostError("lost"))
    heartbeat.make_up()
    client.clock.advance(client.engine.parts.lease)
    assert taken_over(client, row) == 1  # the other worker died in it


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (StoreError("gone"), 0),
        (StoreBusyError("locked"), 0),
        (translated(OSError("disk"), Trouble.OTHER), 1),
        (StoreRefusedError("no such value"), 1),
        (LeaseLostError("lost"), 1),
    ],
)
def test_what_the_store_says_for_good_is_counted(client, claimed, error, counted):
    row, heartbeat = claimed(), client.engine.runner.active
    heartbeat.begin(row)
    heartbeat.abandon(row, error)
    heartbeat.make_up()
    client.clock.advance(client.engine.parts.lease)
    assert taken_over(client, row) == counted


def test_a_lease_that_is_lost_before_the_heartbeat_sees_it_is_forgiven_too(client, claimed, away):
    row, heartbeat = claimed(), client.engine.runner.active
    taken_over_while_away(client, row, away)
    heartbeat.abandon(row, LeaseLostError("lost"))
    heartbeat.make_up()
    assert client.engine.parts.store.execution(row.execution_id).takeovers == 0


def test_what_cannot_be_forgiven_yet_is_forgiven_later(client, claimed, monkeypatch):
    row, heartbeat, store = claimed(), client.engine.runner.active, client.engine.parts.store
    heartbeat.abandon(row, StoreError("gone"))

    def gone(*_):
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(store, "commit", gone)
        with pytest.raises(StoreError):
            client.worker.run_due()
    client.clock.advance(client.engine.parts.lease)
    assert client.worker.run_due() == 1
    assert client.executions.get(row.execution_id).status == "completed"
    assert store.execution(row.execution_id).takeovers == 0


def test_nothing_is_stuck_that_waits_ended_or_just_ended_a_step(client, claimed, registry):
    @registry.workflow("slow")
    def slow(step):
        step.custom("first", lambda: client.clock.advance(parts.lease * 3) or client.engine.runner.active.beat() or {})
        seen.append((stuck(parts), len(parts.store.under_way(client.clock.now(), client.clock.now()))))
        step.delay("pause", {"amount": 1, "unit": "hours"})

    seen, parts = [], client.engine.parts
    slow.discover()
    seen.clear()
    client.trigger("slow", "ada")
    client.clock.advance(timedelta(minutes=59))
    assert seen == [([], 1)]
    assert stuck(parts) == []


@pytest.mark.parametrize("step", [None, "c"])
def test_what_is_stuck_is_told_with_its_place(client, claimed, step):
    row, parts, heartbeat = claimed(), client.engine.parts, client.engine.runner.active
    row.current_step = step
    heartbeat.begin(row)
    client.clock.advance(parts.lease)
    heartbeat.beat()
    assert stuck(parts) == []  # not longer than its lease yet
    client.clock.advance(parts.lease / 2)
    heartbeat.beat()
    [found] = stuck(parts)
    assert (found.execution_id, found.step_id, found.since) == (row.execution_id, step, START)
    place = "at step `c`" if step else "before its first step"
    assert str(found) == (
        f"a run of w has been {place} since 2026-01-05T09:00:00+00:00, in the process me; if it hangs, cancel it"
    )


def test_a_heartbeat_without_runs_asks_nothing(client, monkeypatch):
    monkeypatch.setattr(client.engine.parts.store, "renew", None)
    Heartbeat(client.engine.parts).renew()
