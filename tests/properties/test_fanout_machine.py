"""Fan-outs as a state machine: members come and go, processes die amid a chunk, triggers are repeated and canceled."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from novu_core.errors import StoreError
from novu_core.storage import fanouts
from novu_core.storage.fanouts import AddFanout, CancelTransaction, RecordMembers
from novu_core.storage.lanes import MANY
from novu_core.storage.rows import FanoutRow
from novu_core.storage.store import Store
from novu_core.storage.topics import Subscribe, Unsubscribe
from novu_core.storage.values import due_time

START = datetime(2026, 1, 5, tzinfo=timezone.utc)
NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f", "A", "é", "'", "%"])
TRANSACTIONS = st.sampled_from(["t1", "t2", "t3"])


class Dies:
    """What comes after a chunk in its transaction, and never happened."""

    def apply(self, transaction):
        raise StoreError("killed")


@dataclass
class Expected:
    """A fan-out as it must be; ``due``: when it was put back, None once it has ended."""

    excluded: set[str]
    due: datetime | None
    cursor: str = ""
    told: list[str] = field(default_factory=list)


class FanOuts(RuleBasedStateMachine):
    """``members`` and ``expected`` are what the store must hold."""

    @initialize()
    def begin(self):
        self.store = Store("sqlite://")
        self.now = START
        self.members: set[str] = set()
        self.expected: dict[str, Expected] = {}
        self.chunk, fanouts.CHUNK = fanouts.CHUNK, 2

    def teardown(self):
        fanouts.CHUNK = self.chunk
        self.store.close()

    @rule(names=st.sets(NAMES))
    def join(self, names):
        if names:
            self.store.commit(Subscribe("t", list(names), START))
        self.members |= names

    @rule(name=NAMES)
    def leave(self, name):
        self.store.commit(Unsubscribe("t", [name]))
        self.members.discard(name)

    @rule(transaction=TRANSACTIONS, excluded=st.sets(NAMES, max_size=3))
    def trigger(self, transaction, excluded):
        row = FanoutRow(
            fanout_id=f"{transaction} {self.now}", workflow_id="w", transaction_id=transaction, topic_key="t",
            request={"payload": {}}, excluded=sorted(excluded), due_at=self.now, created_at=self.now,
        )  # fmt: skip
        [new] = self.store.commit(AddFanout(row))
        assert new == (transaction not in self.expected)
        self.expected.setdefault(transaction, Expected(excluded, self.now))

    @rule(dies=st.booleans())
    def chunk_is_recorded(self, dies):
        self.now += timedelta(seconds=1)  # no two are due at once
        change = RecordMembers("", ("w",), self.now)
        if dies:
            try:
                self.store.commit(change, Dies())
            except StoreError:
                return
        waiting = {name: found.due for name, found in self.expected.items() if found.due is not None}
        [row] = self.store.commit(change)
        if not waiting:
            assert row is None
            return
        found = self.expected[row.transaction_id]
        assert found.due == min(waiting.values())
        chunk = sorted(name for name in self.members if name > found.cursor)[:2]
        found.told += [name for name in chunk if name not in found.excluded]
        found.cursor = chunk[-1] if chunk else found.cursor
        found.due = self.now if len(chunk) == 2 else None
        assert (row.recorded, row.cursor, row.due_at) == (len(found.told), found.cursor, found.due)

    @rule(transaction=TRANSACTIONS)
    def cancel(self, transaction):
        found = self.expected.get(transaction)
        [ended] = self.store.commit(CancelTransaction(transaction, self.now))
        assert len(ended) == (found is not None and found.due is not None)
        for row in ended:
            left = {name for name in self.members if name > found.cursor} - found.excluded
            assert self.store.remaining(row) == len(left)
            found.due = None

    @invariant()
    def nobody_is_told_twice_or_left_out(self):
        told: dict[str, list[str]] = {}
        for row in self.store.list_executions(limit=1000)[::-1]:
            told.setdefault(row.transaction_id, []).append(row.subscriber_id)
        assert told == {name: found.told for name, found in self.expected.items() if found.told}
        for found in self.expected.values():
            assert len(set(found.told)) == len(found.told)
        due = [found.due for found in self.expected.values() if found.due is not None]
        assert due_time(self.store.due(["w"]).fanouts[MANY]) == min(due, default=None)


FanOuts.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestFanOuts = FanOuts.TestCase
