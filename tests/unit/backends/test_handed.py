"""How many runs a message's receiver claims: no more than it will begin."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from novu_core.backends import handed
from novu_core.backends.sending import Sender
from novu_core.storage.handing import ClaimThese, TakeBack
from novu_core.storage.leases import GiveBack


@pytest.fixture
def receive(client, monkeypatch):
    """Receive a message of 20 runs that take so many seconds each; return what was claimed, given and taken back."""
    store, passed, changes = client.engine.parts.store, [0.0], []
    commit, run = store.commit, handed._run

    def noted(*made, **options):
        changes.extend(made)
        return commit(*made, **options)

    def receive(*seconds):
        people = [f"u{number}" for number in range(20)]
        runs = [run.execution_id for run in client.trigger("w", people, wait=False).executions]
        Sender(client.engine, lambda *_: None).hand_over()
        ahead = [*seconds[:-1], *[seconds[-1]] * 20]

        def slow(engine, row):
            run(engine, row)
            passed[0] += ahead.pop(0)

        monkeypatch.setattr(handed, "_run", slow)
        monkeypatch.setattr(handed, "time", SimpleNamespace(monotonic=lambda: passed[0]))
        monkeypatch.setattr(store, "commit", noted)
        done = client.run_due(runs)
        claims = [len(change.execution_ids) for change in changes if isinstance(change, ClaimThese)]
        back = sum(isinstance(change, GiveBack) for change in changes)
        taken = sum(len(change.execution_ids) for change in changes if isinstance(change, TakeBack))
        assert done + back + taken == 20
        assert len(store.list_executions(limit=99, status="completed")) == done
        assert len(store.list_executions(limit=99, status="pending")) == back + taken
        return claims, back, taken

    receive.changes = changes
    return receive


@pytest.mark.parametrize(
    ("seconds", "claims", "taken"),
    [(1.0, [1], 19), (0.25, [1], 19), (0.15, [1, 1], 18), (0.06, [1, 3], 16), (0.03, [1, 5, 1], 13)],
)
def test_slow_runs_are_not_claimed_to_be_given_back(receive, seconds, claims, taken):
    assert receive(seconds) == (claims, 0, taken)


@pytest.mark.parametrize("seconds", [0.0, 0.001])
def test_fast_ones_are_claimed_five_at_a_time(receive, seconds):
    assert receive(seconds) == ([1, 5, 5, 5, 4], 0, 0)


def test_a_message_that_comes_again_asks_for_five_at_a_time_too(receive, client):
    receive(0.0)
    runs = [run.execution_id for run in client.engine.parts.store.list_executions(limit=20)]
    receive.changes.clear()
    assert client.run_due(runs) == 0
    assert [len(change.execution_ids) for change in receive.changes] == [1, 5, 5, 5, 4]


def test_one_that_takes_longer_than_those_before_it_costs_the_others_a_turn(receive):
    assert receive(0.01, 0.3) == ([1, 5], 4, 14)


def test_while_a_message_may_take_longer_slow_runs_are_still_claimed_singly(receive, monkeypatch):
    monkeypatch.setattr(handed, "_ENOUGH", 0)
    assert receive(0.3) == ([1, 1, 1], 0, 17)
