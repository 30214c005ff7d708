"""Leases as a state machine: whoever claims, waits, dawdles or finishes, only the present owner's work is recorded."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from novu_core.errors import LeaseLostError
from novu_core.storage.changes import AddExecution, SaveExecution, SaveOwnStep
from novu_core.storage.lanes import BEGUN, NEW
from novu_core.storage.leases import ForgiveLoss, GiveBack
from novu_core.storage.rows import ExecutionRow, StepRow
from novu_core.storage.store import Store

START = datetime(2026, 1, 5, tzinfo=timezone.utc)
LEASE = timedelta(seconds=30)
OWNERS = st.sampled_from(["ann", "bob", "eve"])


class Leases(RuleBasedStateMachine):
    """``runs``: what the store must hold, id -> (fence, due). ``held``: what each owner still believes it owns.

    ``working``: which are claimed and do not wait; ``takeovers``: how often each was claimed from a worker amid its work;
    ``taken_over``: which were so at their latest claim; ``begun``: which were claimed and not given back unbegun.
    """

    @initialize()
    def begin(self):
        self.store = Store("sqlite://")
        self.now = START
        self.runs: dict[str, tuple[int, datetime | None]] = {}
        self.held: list[ExecutionRow] = []
        self.recorded: dict[str, list[str]] = {}
        self.working: dict[str, bool] = {}
        self.takeovers: dict[str, int] = {}
        self.taken_over: dict[str, bool] = {}
        self.begun: dict[str, bool] = {}

    def teardown(self):
        self.store.close()

    @rule()
    def add(self):
        name = f"run-{len(self.runs)}"
        run = ExecutionRow(
            execution_id=name,
            workflow_id="w",
            subscriber_id=name,
            transaction_id=name,
            status="pending",
            due_at=self.now,
            request={},
            created_at=self.now,
        )
        self.store.commit(AddExecution(run))
        self.runs[name] = (0, self.now)
        self.recorded[name] = []
        self.working[name], self.takeovers[name], self.begun[name] = False, 0, False

    @rule(owner=OWNERS, most=st.integers(1, 3), suspects=st.booleans())
    def claim(self, owner, most, suspects):
        due = {
            name: at
            for name, (_, at) in self.runs.items()
            if at is not None and at <= self.now and suspects == (self.working[name] and self.takeovers[name] > 0)
        }
        rows = self.store.claim(["w"], self.now, self.now + LEASE, owner, most, suspects=suspects)
        assert len(rows) == min(most, len(due))
        for begun in (False, True):  # each is a lane of its own, and there the first that was due comes first
            taken = sorted(due[row.execution_id] for row in rows if self.begun[row.execution_id] == begun)
            assert taken == sorted(at for name, at in due.items() if self.begun[name] == begun)[: len(taken)]
        for row in rows:
            fence = self.runs[row.execution_id][0] + 1
            assert (row.fence, row.owner, row.status, row.due_at) == (fence, owner, "running", self.now + LEASE)
            self.runs[row.execution_id] = (fence, self.now + LEASE)
            self.taken_over[row.execution_id] = self.working[row.execution_id]
            self.takeovers[row.execution_id] += self.working[row.execution_id]
            assert row.takeovers == self.takeovers[row.execution_id]
            self.working[row.execution_id] = self.begun[row.execution_id] = True
            assert row.lane == BEGUN
        self.held += rows

    @precondition(lambda self: self.held)
    @rule(data=st.data(), step=st.sampled_from(["a", "b", "c"]))
    def record(self, data, step):
        row = data.draw(st.sampled_from(self.held))
        made = StepRow(
            execution_id=row.execution_id,
            step_id=step,
            position=0,
            type="custom",
            status="completed",
            result=row.fence,
        )
        if self.present(row):
            self.store.commit(SaveOwnStep.of(row, made))
            self.recorded[row.execution_id].append(step)
        else:
            with pytest.raises(LeaseLostError):
                self.store.commit(SaveOwnStep.of(row, made))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), seconds=st.integers(0, 60))
    def leave(self, data, seconds):
        """End the run, or with seconds let it wait."""
        row = data.draw(st.sampled_from(self.held))
        self.held.remove(row)
        before, row.due_at = row.due_at, self.now + timedelta(seconds=seconds) if seconds else None
        row.status, row.waiting_for = ("running", "delay") if seconds else ("completed", None)
        if self.present(row):
            self.store.commit(SaveExecution(row))
            self.runs[row.execution_id] = (row.fence if seconds else -1, row.due_at)
            self.working[row.execution_id] = False
        else:
            with pytest.raises(LeaseLostError):
                self.store.commit(SaveExecution(row))
            row.due_at = before

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def give_back(self, data):
        """Let others begin what was claimed: whoever claims it is told the same as if nobody had."""
        row = data.draw(st.sampled_from(self.held))
        name = row.execution_id
        left = self.present(row) and self.taken_over[name]
        if self.present(row) and self.takeovers[name] and not left:
            return  # a run that waits has come further, and the engine starts its count anew
        self.held.remove(row)
        self.store.commit(GiveBack(row, self.now))
        if self.present(row):
            self.runs[name] = (row.fence, self.now)
            self.working[name] = left
            self.begun[name] = row.started_at != row.resume_at
            assert self.store.execution(name).lane == (BEGUN if self.begun[name] else NEW)
            self.takeovers[name] -= left

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def forgive(self, data):
        """The store was away, and the owner could not go on: the take-over that follows, or has just been, is not counted."""
        row = data.draw(st.sampled_from(self.held))
        self.held.remove(row)
        name, fence = row.execution_id, self.runs[row.execution_id][0]
        self.store.commit(ForgiveLoss(name, row.fence))
        if self.present(row):
            self.runs[name] = (row.fence, self.store.execution(name).due_at)
            self.working[name] = False
        elif fence == row.fence + 1 and self.working[name] and self.takeovers[name]:
            self.takeovers[name] -= 1
            self.taken_over[name] = self.takeovers[name] > 0

    @precondition(lambda self: self.held)
    @rule()
    def beat(self):
        self.store.renew([(row.execution_id, row.fence, None) for row in self.held], self.now + LEASE)
        for row in self.held:
            if self.present(row):
                self.runs[row.execution_id] = (row.fence, self.now + LEASE)

    @rule(seconds=st.integers(-20, 60))
    def step_the_clock(self, seconds):
        self.now += timedelta(seconds=seconds)

    def present(self, row):
        return self.runs[row.execution_id][0] == row.fence

    @invariant()
    def the_store_holds_what_the_owners_were_told(self):
        earliest = [at for _, at in self.runs.values() if at is not None]
        assert self.store.next_due(["w"]) == (min(earliest) if earliest else None)
        for name, steps in self.recorded.items():
            assert {step.step_id for step in self.store.steps(name)} == set(steps)


Leases.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLeases = Leases.TestCase
