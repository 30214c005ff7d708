"""Digest windows and throttle slots: decided inside the transaction, guarded by a unique index (SEMANTICS, Digest)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from novu_core.clock import micros, moment
from novu_core.codec import dumps, loads
from novu_core.errors import UnreadableRowError
from novu_core.storage import digest_statements as statements
from novu_core.storage.changes import AddExecution, SaveExecution, save_step
from novu_core.storage.digest_events import batches_of, digest_result, event_of, events_of
from novu_core.storage.masking import MaskRuns
from novu_core.storage.rows import ExecutionRow, StepRow
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, due_time, read_time
from novu_core.types import JsonObject

_GATHERING = timedelta(minutes=1)
"""How long a retried run waits for others that left the same window."""
_BEFORE = timedelta(microseconds=1)
"""A window that gathers seems to have opened so long before the one that they left was due: no other can have."""


@dataclass(slots=True)
class Decision:
    """A change that decides inside the transaction and writes its decision into ``run`` and ``step``.

    Both are put back before another attempt: a transaction that the database wants again decides anew. ``opens``: the
    run is not stored yet, and is inserted as it was decided. ``later``: steps that it does not reach if it ends here.
    ``hides``: what then hides its secrets.
    """

    run: ExecutionRow
    step: StepRow
    opens: bool = field(default=False, init=False)
    later: Sequence[StepRow] = field(default=(), init=False)
    hides: Sequence[MaskRuns] = field(default=(), init=False)
    _before: tuple[dict[str, Any], ...] = field(default=(), init=False)

    def apply(self, transaction: Transaction) -> None:
        """Decide and write."""
        rows = (self.run, self.step)
        self._before = self._before or tuple(vars(row).copy() for row in rows)
        for row, before in zip(rows, self._before, strict=True):
            vars(row).update(before)
        self._decide(transaction)

    def _decide(self, transaction: Transaction) -> None:
        raise TypeError(f"{type(self).__name__} decides nothing")

    def _save(self, transaction: Transaction) -> None:
        (AddExecution if self.opens else SaveExecution)(self.run).apply(transaction)
        save_step(self.step).apply(transaction)
        if self.run.completed_at is not None:
            for row in self.later:
                save_step(row).apply(transaction)
            for change in self.hides:
                change.apply(transaction)


@dataclass(slots=True)
class JoinDigest(Decision):
    """A run reaches its digest: it joins the bucket's open window, or opens one, or passes straight through.

    A ``due`` that has passed is that of a window which the run left when it failed, and is retried after: it passes at
    once, unless others that left the same window may follow. Then it gathers them: for a minute, or until the last.

    ``run`` and ``step`` are updated to what was decided. ``look_back``: without an earlier event of the bucket within
    it, the run passes through with its own event. ``fault``: what failed earlier in the run, which shows it if it ends.
    ``collected``: the events of the run's digest before this one, if it had one.
    """

    bucket: str
    window_id: str
    due: datetime
    now: datetime
    look_back: timedelta | None = None
    fault: JsonObject | None = None
    collected: list[JsonObject] | None = None

    @property
    def locks(self) -> str:
        """The bucket, whose window it locks."""
        return self.bucket

    def _decide(self, transaction: Transaction) -> None:
        key, due, late = {"bucket": self.bucket}, self.due, self.due <= self.now
        opened_at = self.now
        if late:
            opened_at, due = self.due - _BEFORE, self.now + _GATHERING
        window = transaction.row(statements.WINDOW_OF_BUCKET, key)
        if window is None:
            if self._passes(transaction):
                self._add_event(transaction, None)
                own = event_of(self.run.execution_id, self.now, loads(self._payload()))
                self._complete(digest_result([own], {self.run.execution_id: self.collected or []}))
                self._save(transaction)
                return
            opened: dict[str, Any] = {**key, "window_id": self.window_id, "opener_id": self.run.execution_id, "open": 1}
            opened |= {"opened_at": micros(opened_at), "due_at": micros(due)}
            if transaction.execute(statements.OPEN_WINDOW, opened) == 1:
                self._add_event(transaction, self.window_id)
                self._wait(due)
                self._save(transaction)
                return
            window = transaction.row(statements.WINDOW_OF_BUCKET, key)
            assert window is not None, "the window that refused ours is open"
        window_id, opener_id, due_at, since = window
        self._add_event(transaction, window_id)
        if opener_id == self.run.execution_id:  # a retried join cannot merge into itself
            self._wait(due_time(due_at) or self.due)
        else:
            self._merge(opener_id)
            if late and since == micros(opened_at) and not self._left_behind(transaction):
                self._close_soon(transaction, window_id, opener_id)
        self._save(transaction)

    def _left_behind(self, transaction: Transaction) -> bool:
        run = {"run": self.run.execution_id, "subscriber": self.run.subscriber_id, "workflow": self.run.workflow_id}
        [others] = transaction.one(statements.LEFT_BEHIND, {**run, "step": self.step.step_id, "due": micros(self.due)})
        return bool(others)

    def _close_soon(self, transaction: Transaction, window_id: str, opener_id: str) -> None:
        due = micros(self.now)
        transaction.execute(statements.DUE_SOONER, {"id": window_id, "due": due})
        transaction.execute(statements.PROMOTE_EXECUTION, {"run_id": opener_id, "due": due, "step": self.step.step_id})
        transaction.execute(statements.PROMOTE_STEP, {"run_id": opener_id, "due": due, "step": self.step.step_id})
        transaction.wakes(self.now)

    def _passes(self, transaction: Transaction) -> bool:
        if self.due <= self.now:
            return not self._left_behind(transaction)
        if self.look_back is None:
            return False
        transaction.lock(self.bucket)  # of two that come at once, the second must see the first's event
        params = {
            "bucket": self.bucket,
            "since": micros(self.now - self.look_back),
            "until": micros(self.now),
            "execution_id": self.run.execution_id,
        }
        latest = transaction.row(statements.LATEST_EVENT, params)
        return latest is None or latest[0] is None

    def _payload(self) -> str:
        return dumps(self.run.request["payload"])

    def _add_event(self, transaction: Transaction, window_id: str | None) -> None:
        event: dict[str, Any] = {
            "execution_id": self.run.execution_id,
            "step_id": self.step.step_id,
            "bucket": self.bucket,
        }
        event |= {"window_id": window_id, "at": micros(self.now), "payload": self._payload()}
        transaction.execute(statements.INSERT_EVENT, event)

    def _wait(self, due: datetime) -> None:
        self.step.status, self.step.resume_at = "executing", due
        self.run.waiting_for, self.run.resume_at, self.run.due_at = "digest", due, due

    def _complete(self, result: JsonObject) -> None:
        self.step.status, self.step.result, self.step.completed_at = "completed", result, self.now

    def _merge(self, opener_id: str) -> None:
        step, run = self.step, self.run
        step.status, step.outcome, step.reason, step.completed_at = "completed", "skipped", "merged", self.now
        run.merged_into = opener_id
        run.end("merged", self.fault, self.now)


@dataclass(slots=True)
class FlushDigest(Decision):
    """The opener's window closes: its events, frozen, become the step's result."""

    now: datetime

    def _decide(self, transaction: Transaction) -> None:
        SaveExecution(self.run).apply(transaction)
        window = _window_of(transaction, self.run.execution_id, self.step.step_id)
        assert window is not None, "an opener waits for its own window"
        transaction.execute(statements.CLOSE_WINDOW, {"id": window})
        self.step.result = digest_result(events_of(transaction, window), batches_of(transaction, window))
        self.step.status, self.step.resume_at, self.step.completed_at = "completed", None, self.now
        save_step(self.step).apply(transaction)


@dataclass(frozen=True, slots=True)
class LeaveDigests:
    """A canceled run leaves its windows; where it had opened one, the oldest follower takes over, same due time."""

    execution_id: str

    def apply(self, transaction: Transaction) -> list[str]:
        """Return the ids of the runs that were promoted."""
        opened = transaction.rows(statements.OPEN_WINDOWS_OF, {"opener_id": self.execution_id})
        transaction.execute(statements.REMOVE_OPEN_EVENTS, {"run_id": self.execution_id})
        return [found for window in opened if (found := self._promote(transaction, *window)) is not None]

    def _promote(self, transaction: Transaction, window_id: str, due_at: int) -> str | None:
        due_at = due_at if due_time(due_at) else 0  # at once, where nobody can read when
        heir = transaction.row(statements.FIRST_EVENT, {"window_id": window_id})
        if heir is None:
            transaction.execute(statements.CLOSE_WINDOW, {"id": window_id})
            return None
        execution_id, step_id = heir
        transaction.execute(statements.HAND_OVER_WINDOW, {"id": window_id, "opener": execution_id})
        transaction.execute(statements.PROMOTE_EXECUTION, {"run_id": execution_id, "due": due_at, "step": step_id})
        transaction.execute(statements.PROMOTE_STEP, {"run_id": execution_id, "step": step_id, "due": due_at})
        transaction.execute(statements.FORGET_MERGED_STEPS, {"run_id": execution_id})
        redirect = {"heir": execution_id, "old": self.execution_id, "window": window_id}
        transaction.execute(statements.REDIRECT_MERGED, redirect)
        return str(execution_id)


@dataclass(slots=True)
class TakeSlot(Decision):
    """A run asks its throttle for a slot; the first grant opens the window (SEMANTICS, Throttle).

    ``fault``: what failed earlier in the run, which shows it if it ends.
    """

    bucket: str
    window_end: datetime
    threshold: int
    now: datetime
    fault: JsonObject | None = None

    @property
    def locks(self) -> str:
        """The bucket, whose slots it locks."""
        return self.bucket

    def _decide(self, transaction: Transaction) -> None:
        now = micros(self.now)
        transaction.execute(statements.NEW_THROTTLE, {"bucket": self.bucket})
        row = transaction.row(statements.THROTTLE, {"bucket": self.bucket})
        assert row is not None, "the row was made above"
        start, end, used = self._read(row)
        if end <= now:
            start, end, used = now, micros(self.window_end), 0
        granted = used < self.threshold
        used += granted
        if granted:
            slot = {"bucket": self.bucket, "window_start": start, "window_end": end, "used": used}
            transaction.execute(statements.SAVE_THROTTLE, slot)
        self.step.status, self.step.completed_at = "completed", self.now
        self.step.result = {
            "throttled": not granted,
            "executionCount": used,
            "threshold": self.threshold,
            "windowStart": moment(start).isoformat(),
            "throttledUntil": moment(end).isoformat(),
        }
        if not granted:
            self.run.end("throttled", self.fault, self.now)
        self._save(transaction)

    def _read(self, row: tuple[Any, ...]) -> tuple[int, int, int]:
        try:
            start, end = (micros(read_time(value)) for value in row[:2])
            if type(row[2]) is not int:
                raise UnreadableValueError("is not a number")
        except UnreadableValueError as error:
            told = f"The throttle's window cannot be read, since one of its values {error}; delete its row"
            raise UnreadableRowError(f"{told} (novu_throttles, bucket {self.bucket}).") from None
        return start, end, row[2]


def _window_of(transaction: Transaction, execution_id: str, step_id: str) -> str | None:
    row = transaction.row(statements.WINDOW_OF_EVENT, {"execution_id": execution_id, "step_id": step_id})
    return None if row is None else row[0]
