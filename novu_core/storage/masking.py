"""Hides what the history holds at keys such as ``password``, where a run has ended and nobody needs it any more.

What is rewritten: what the run was triggered with, its digest events, the results of its steps, what conditions read,
and its messages. An in-app message stays, because its inbox is served from it.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, bindparam, exists, literal_column, or_, select, update

from novu_core.codec import dumps
from novu_core.errors.base import pointer_part
from novu_core.storage.rows import FanoutRow
from novu_core.storage.tables import events, executions, fanouts, messages, steps, windows
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import PerBackend, is_among
from novu_core.storage.values import UnreadableValueError, read_json

MASKED = "••••"
_LABEL = b"novu group\0"
"""Tells a seal from the hashes that open an inbox, which are made with the same secret."""
_NESTED = (dict, list)  # of every value of every run: a union would be made each time
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_PEOPLE = ("subscriber", "actor")
"""Where a request holds copies of subscribers."""
_run: Any = bindparam("run_id")
_text: Any = bindparam("text", type_=Text)
_REQUEST = select(executions.c.request).where(
    executions.c.execution_id == _run,
    executions.c.status == literal_column("'completed'"),
    ~exists().where(
        events.c.execution_id == _run, events.c.window_id == windows.c.window_id, windows.c.open == literal_column("1")
    ),
)
_SAVE_REQUEST = update(executions).where(executions.c.execution_id == _run).values(request=_text)
_STEPS = select(steps.c.step_id, steps.c.result, steps.c.condition).where(
    steps.c.execution_id == _run, or_(steps.c.result.is_not(None), steps.c.condition.is_not(None))
)
_this_step = (steps.c.execution_id == _run, steps.c.step_id == bindparam("step"))
_SAVE_RESULT = update(steps).where(*_this_step).values(result=_text)
_SAVE_CONDITION = update(steps).where(*_this_step).values(condition=_text)
_EVENTS = select(events.c.step_id, events.c.payload).where(events.c.execution_id == _run)
_SAVE_EVENT = (
    update(events).where(events.c.execution_id == _run, events.c.step_id == bindparam("step")).values(payload=_text)
)
_MESSAGES = select(messages.c.message_id, messages.c.content).where(
    messages.c.execution_id == _run, messages.c.channel != literal_column("'in_app'")
)
_SAVE_MESSAGE = update(messages).where(messages.c.message_id == bindparam("id")).values(content=_text)


def _of_runs(found: Any, column: Any) -> PerBackend:
    """The rows of the runs in the JSON array ``ids``."""
    return PerBackend(lambda backend: found.where(is_among(backend, column)))


_MEMBERS = _of_runs(
    select(events.c.execution_id)
    .join(windows, windows.c.window_id == events.c.window_id)
    .where(windows.c.open == literal_column("0"))
    .order_by(events.c.execution_id),
    windows.c.opener_id,
)
_REQUESTS = _of_runs(select(executions.c.execution_id, executions.c.request), executions.c.execution_id)
_RESULTS = _of_runs(
    select(steps.c.execution_id, steps.c.result, steps.c.condition).where(
        or_(steps.c.result.is_not(None), steps.c.condition.is_not(None))
    ),
    steps.c.execution_id,
)
_SAVE_FANOUT = update(fanouts).where(fanouts.c.fanout_id == bindparam("id")).values(request=_text)


@lru_cache(maxsize=4096)
def _words(key: str) -> tuple[str, ...]:
    """The words of ``resetToken``, ``reset_token`` or ``RESET-TOKENS``, in the singular."""
    return tuple(word.lower() if word[-1] not in "sS" else word[:-1].lower() for word in _WORD.findall(key))


class Mask:
    """Which keys are hidden: those in whose name one of ``keys`` stands, as words.

    The first of ``secrets`` seals what stands for a hidden value.
    """

    def __init__(self, keys: Iterable[str] = (), secrets: Sequence[str] = ()) -> None:
        self._keys = frozenset(filter(None, map(_words, keys)))
        self._secret = secrets[0].encode() if secrets else b""
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
                if isinstance(item, _NESTED) and self.finds(item):
                    return True
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, _NESTED) and self.finds(item):
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
        if not any(map(self.finds, filter(None, request.values()))):
            return None
        hidden = {name: self.masked(item) for name, item in request.items()}
        for name in _PEOPLE:
            if isinstance(hidden.get(name), dict) and "subscriberId" in request[name]:
                hidden[name]["subscriberId"] = request[name]["subscriberId"]
        return hidden

    def seal(self, value: object) -> str:
        """Return what stands for a JSON value where runs are grouped by it: the same for the same value.

        Without the secret nobody can try which value it was.
        """
        text = json.dumps(value, sort_keys=True)
        return hmac.digest(self._secret, _LABEL + text.encode(), "sha256").hex()

    def left_in(self, value: object) -> list[str]:
        """Return the JSON pointers of what is hidden in a value: it was taken from the history."""
        if not _has_dots(value):
            return []
        found: list[str] = []
        inner: list[tuple[tuple[object, ...], object]] = [((), value)]
        for path, each in inner:  # grows on the way: what is nested deeply ends no stack
            items: Iterable[tuple[Any, Any]] = ()
            if isinstance(each, dict):
                items = each.items()
            elif isinstance(each, list):
                items = enumerate(each)
            for key, item in items:
                if isinstance(item, _NESTED):
                    inner.append(((*path, key), item))
                elif item == MASKED and self.hides(str(key)):
                    found.append("".join(f"/{pointer_part(part)}" for part in (*path, key)))
        return found


def _has_dots(value: object) -> bool:
    inner = [value]
    for each in inner:  # grows on the way, too
        for item in each.values() if isinstance(each, dict) else each if isinstance(each, list) else ():
            if isinstance(item, _NESTED):
                inner.append(item)
            elif item == MASKED:
                return True
    return False


def _hideable(value: object) -> bool:
    """Whether a value tells anything: nothing, yes and no do not."""
    return value is not None and type(value) is not bool and value != MASKED


NO_MASK = Mask()


@dataclass(frozen=True, slots=True)
class MaskRuns:
    """What is to be hidden of these runs, as far as they are completed, is.

    One that merged into a digest which is still open stays as it is: it goes on where the digest's first is canceled.
    """

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
            for step, result, condition in transaction.rows(_STEPS, run):
                self._rewrite(transaction, _SAVE_RESULT, {**run, "step": step}, _read(result))
                self._rewrite(transaction, _SAVE_CONDITION, {**run, "step": step}, _read(condition))
            for step, payload in transaction.rows(_EVENTS, run):
                self._rewrite(transaction, _SAVE_EVENT, {**run, "step": step}, _read(payload))
            for name, content in transaction.rows(_MESSAGES, run):
                self._rewrite(transaction, _SAVE_MESSAGE, {"id": name}, _read(content))

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
    known, openers = {execution_id: None}, [execution_id]
    while openers:
        taken = dict.fromkeys(str(row[0]) for row in transaction.rows(_MEMBERS, {"ids": dumps(openers)}))
        openers = [name for name in taken if name not in known]
        known.update(dict.fromkeys(openers))
    return list(known)[1:]


def telling(transaction: Transaction, execution_ids: Sequence[str], mask: Mask) -> list[str]:
    """Return those of these runs that have something to hide, in their order."""
    asked = {"ids": dumps(execution_ids)}
    found = set()
    for name, text in transaction.rows(_REQUESTS, asked):
        request = _read(text)
        if isinstance(request, dict) and mask.of_request(request) is not None:
            found.add(name)
    for name, *texts in transaction.rows(_RESULTS, asked):
        if name not in found and any(mask.finds(_read(text)) for text in texts):
            found.add(name)
    return [name for name in execution_ids if name in found]


def mask_fanout(transaction: Transaction, row: FanoutRow, mask: Mask) -> None:
    """Hide what is to be hidden of a fan-out that has ended."""
    hidden = mask.of_request(row.request) if row.due_at is None else None
    if hidden is not None:
        transaction.execute(_SAVE_FANOUT, {"id": row.fanout_id, "text": dumps(hidden)})
