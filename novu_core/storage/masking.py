"""Hides what payloads hold at keys such as ``password``, where a run has ended and nobody needs it any more.

What is rewritten: the payload of the run, its events and what its digests collected, and what conditions read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, bindparam, literal_column, or_, select, update

from novu_core.codec import dumps
from novu_core.storage.rows import FanoutRow
from novu_core.storage.tables import events, executions, fanouts, steps, windows
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_json

MASKED = "••••"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_PAYLOADS = ("payload", "source")
"""Where a request holds what was triggered with: as it was checked, and as it was sent."""

_run: Any = bindparam("run_id")
_text: Any = bindparam("text", type_=Text)
_REQUEST = select(executions.c.request).where(
    executions.c.execution_id == _run, executions.c.status == literal_column("'completed'")
)
_SAVE_REQUEST = update(executions).where(executions.c.execution_id == _run).values(request=_text)
_STEPS = select(steps.c.step_id, steps.c.type, steps.c.result, steps.c.condition).where(
    steps.c.execution_id == _run,
    or_(steps.c.type == literal_column("'digest'"), steps.c.condition.is_not(None)),
)
_this_step = (steps.c.execution_id == _run, steps.c.step_id == bindparam("step"))
_SAVE_RESULT = update(steps).where(*_this_step).values(result=_text)
_SAVE_CONDITION = update(steps).where(*_this_step).values(condition=_text)
_EVENTS = select(events.c.step_id, events.c.payload).where(events.c.execution_id == _run)
_SAVE_EVENT = (
    update(events).where(events.c.execution_id == _run, events.c.step_id == bindparam("step")).values(payload=_text)
)
_MEMBERS = (
    select(events.c.execution_id)
    .join(windows, windows.c.window_id == events.c.window_id)
    .where(windows.c.opener_id == _run, windows.c.open == literal_column("0"), events.c.execution_id != _run)
    .order_by(events.c.execution_id)
)
_SAVE_FANOUT = update(fanouts).where(fanouts.c.fanout_id == bindparam("id")).values(request=_text)


@lru_cache(maxsize=4096)
def _words(key: str) -> tuple[str, ...]:
    """The words of ``resetToken``, ``reset_token`` or ``RESET-TOKENS``, in the singular."""
    return tuple(word.lower() if word[-1] not in "sS" else word[:-1].lower() for word in _WORD.findall(key))


class Mask:
    """Which keys are hidden: those in whose name one of ``keys`` stands, as words."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._keys = frozenset(filter(None, map(_words, keys)))
        self._known: dict[str, bool] = {}

    def hides(self, key: str) -> bool:
        """Return whether what stands at this key is hidden."""
        found = self._known.get(key)
        if found is None:
            words = _words(key)
            found = any(
                words[at : at + len(wanted)] == wanted or "".join(words) == "".join(wanted)
                for wanted in self._keys
                for at in range(len(words))
            )
            if len(self._known) < 4096:
                self._known[key] = found
        return found

    def finds(self, value: object) -> bool:
        """Return whether anything of a JSON value is to be hidden, and is not yet."""
        if isinstance(value, dict):
            for key, item in value.items():  # of every run that completes, so no generator
                known = self._known.get(key)
                if (self.hides(key) if known is None else known) and _hideable(item):
                    return True
                if isinstance(item, dict | list) and self.finds(item):
                    return True
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict | list) and self.finds(item):
                    return True
        return False

    def masked(self, value: Any) -> Any:
        """Return a JSON value without what is to be hidden."""
        if isinstance(value, dict):
            return {
                key: MASKED if _hideable(item) and self.hides(key) else self.masked(item) for key, item in value.items()
            }
        return [self.masked(item) for item in value] if isinstance(value, list) else value

    def of_request(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the request of a run without what is to be hidden; None where it is as it should be."""
        if not any(self.finds(request.get(name)) for name in _PAYLOADS):
            return None
        return {name: self.masked(item) if name in _PAYLOADS else item for name, item in request.items()}


def _hideable(value: object) -> bool:
    """Whether a value tells anything: nothing, yes and no do not."""
    return value is not None and type(value) is not bool and value != MASKED


NO_MASK = Mask()


@dataclass(frozen=True, slots=True)
class MaskRuns:
    """What is to be hidden of these runs, as far as they are completed, is."""

    mask: Mask
    execution_ids: Sequence[str]
    begun: bool = True
    """Whether any of them may have got to a step."""

    def apply(self, transaction: Transaction) -> None:
        """Rewrite what is not hidden yet. What cannot be read stays as it is."""
        for execution_id in self.execution_ids:
            run = {"run_id": execution_id}
            found = transaction.row(_REQUEST, run)
            if found is None:
                continue
            request = _read(found[0])
            hidden = self.mask.of_request(request) if isinstance(request, dict) else None
            if hidden is not None:
                transaction.execute(_SAVE_REQUEST, {**run, "text": dumps(hidden)})
            if not self.begun:
                continue
            for step, kind, result, condition in transaction.rows(_STEPS, run):
                if kind == "digest":
                    self._rewrite(transaction, _SAVE_RESULT, {**run, "step": step}, _read(result))
                self._rewrite(transaction, _SAVE_CONDITION, {**run, "step": step}, _read(condition))
            for step, payload in transaction.rows(_EVENTS, run):
                self._rewrite(transaction, _SAVE_EVENT, {**run, "step": step}, _read(payload))

    def _rewrite(self, transaction: Transaction, statement: Any, at: Mapping[str, Any], value: Any) -> None:
        if self.mask.finds(value):
            transaction.execute(statement, {**at, "text": dumps(self.mask.masked(value))})


def _read(text: object) -> Any:
    try:
        return None if text is None else read_json(text)
    except UnreadableValueError:
        return None


def members(transaction: Transaction, execution_id: str) -> list[str]:
    """Return the runs whose events a run's digests took, which have ended for good, and theirs."""
    found = [execution_id]
    for opener in found:
        rows = transaction.rows(_MEMBERS, {"run_id": opener})
        known = set(found)
        found += [str(row[0]) for row in rows if row[0] not in known]
    return found[1:]


def mask_fanout(transaction: Transaction, row: FanoutRow, mask: Mask) -> None:
    """Hide what is to be hidden of a fan-out that has ended."""
    hidden = mask.of_request(row.request) if row.due_at is None else None
    if hidden is not None:
        transaction.execute(_SAVE_FANOUT, {"id": row.fanout_id, "text": dumps(hidden)})
