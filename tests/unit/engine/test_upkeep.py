"""How much of the inboxes' upkeep one round of a worker does."""

from __future__ import annotations

from datetime import timedelta

from novu_core.clock import ManualClock
from novu_core.engine import upkeep
from novu_core.engine.parts import Parts
from novu_core.storage.store import Store
from tests.conformance.stores.samples import NOW


def test_a_round_ends_some_snoozes_and_says_that_more_are_due(registry, monkeypatch):
    due = [NOW] * 25
    monkeypatch.setattr(upkeep, "wake", lambda store, now: due.pop() is not None if due else 0)
    monkeypatch.setattr(upkeep, "next_snooze", lambda store: due[0] if due else None)
    found = upkeep.Upkeep(Parts(Store("sqlite://"), ManualClock(NOW), registry, None))
    assert [(found.look(), len(due)) for _ in range(4)] == [(NOW, 15), (NOW, 5), (None, 0), (None, 0)]


def test_what_expires_is_looked_for_again_when_a_clock_is_set_back(registry, monkeypatch):
    asked, clock = [], ManualClock(NOW)
    monkeypatch.setattr(upkeep, "expire", lambda store, now, before, after: asked.append(before))
    found = upkeep.Upkeep(Parts(Store("sqlite://"), clock, registry, None, retention=timedelta(days=1)))
    for hours in (0, 0.9, 1.1, -1):
        clock.set(NOW + timedelta(hours=hours))
        found.look()
    assert asked == [NOW + timedelta(days=-1, hours=hours) for hours in (0, 1.1, -1)]
