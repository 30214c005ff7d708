"""The history, and control over what runs."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from novu_core.aio import Blocking, drive
from novu_core.clock import micros
from novu_core.engine.engine import Engine
from novu_core.engine.fanouts import fanout_of
from novu_core.errors import ConflictError, FieldError, ValidationError
from novu_core.managers.paging import Ids, checked_filters, chunks, each, numbered_page, page_after
from novu_core.managers.search import Search
from novu_core.records import ExecutionContext, Fanout, NumberedPage, Page
from novu_core.records.ids import UNSET, Unset, checked_ids
from novu_core.records.pages import MOST_NUMBERED, checked_limit, checked_number
from novu_core.storage.fanouts import CHUNK, CancelTransaction, CancelUnbegun
from novu_core.storage.ids import first_id
from novu_core.storage.listings import EXECUTIONS, FANOUTS
from novu_core.storage.rows import ExecutionRow, FanoutRow, scoped
from novu_core.storage.slices import PageRequest
from novu_core.types import ExecutionStatus, FanoutStatus, JsonObject, Text

_SLACK = timedelta(milliseconds=100)
"""How far the time in a run's id may be from that of its creation: the clock is read for each of them."""


class Executions:
    """The history, and control over what runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.parts.store

    def list(
        self,
        *,
        workflow_id: str | Unset = UNSET,
        status: str | None = None,
        subscriber_id: str | Unset = UNSET,
        transaction_id: str | Unset = UNSET,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[ExecutionContext]:
        """Return executions, newest first. ``limit``: 1 to 100. Raises ValidationError.

        An id that is left out means everybody's; None, or a blank one, is an error.
        """
        ids = checked_ids(workflow_id=workflow_id, subscriber_id=subscriber_id, transaction_id=transaction_id)
        filters = {**{name: [value] for name, value in ids.items()}, **_of_status(status)}
        return page_after(self._store, EXECUTIONS, self._records, filters, limit, cursor)

    def page(
        self,
        number: int = 0,
        *,
        workflow_id: Ids = UNSET,
        subscriber_id: Ids = UNSET,
        transaction_id: Ids = UNSET,
        email: Ids = UNSET,
        channel: Ids = UNSET,
        status: str | None = None,
        search: str | Unset = UNSET,
        after: datetime | None = None,
        before: datetime | None = None,
        limit: int = 10,
    ) -> NumberedPage[ExecutionContext]:
        """Return a page of the history by its number from 0, newest first; nothing is counted.

        Each filter takes one value or several, and all filters must hold. ``email``: the present address of the
        subscriber; ``channel``: of a step that was reached; ``search``: the id of an execution or a trigger, else the
        id, e-mail address, phone number or "first last" name of a subscriber; ``after``, ``before``: when the trigger
        came, aware and inclusive. ``limit``: 1 to 1,000. Raises ValidationError.
        """
        filters: dict[str, Sequence[Any]] = {
            **checked_filters(
                workflow_id=workflow_id, subscriber_id=subscriber_id, transaction_id=transaction_id, channel=channel
            ),
            **_of_status(status),
            **_of_time(after, before),
        }
        people = Search(self._store)
        if not isinstance(email, Unset):
            people.narrow(filters, "subscriber_id", people.by_email(checked_filters(email=email)["email"]))
        if not isinstance(search, Unset):
            people.narrow(filters, *people.meant(checked_filters(search=search)["search"][0]))
        if any(not values for values in filters.values()):
            return NumberedPage([], checked_number(number), checked_limit(limit, MOST_NUMBERED), False, None, False)
        return numbered_page(self._store, EXECUTIONS, self._records, filters, number, limit, counted=False)

    def fanouts(
        self,
        *,
        workflow_id: str | Unset = UNSET,
        transaction_id: str | Unset = UNSET,
        status: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[Fanout]:
        """Return triggers for topics and broadcasts, newest first: how far the recording of their executions has come.

        ``status``: a :class:`FanoutStatus`. ``limit``: 1 to 100. Raises ValidationError.
        """
        ids = checked_ids(workflow_id=workflow_id, transaction_id=transaction_id)
        filters = {name: [value] for name, value in ids.items()}
        if status is not None:
            filters["status"] = [_known(FanoutStatus, status)]
        return page_after(self._store, FANOUTS, each(_fanout_of_row), filters, limit, cursor)

    def _records(self, rows: Sequence[tuple[Any, ...]]) -> Sequence[ExecutionContext]:
        return self._engine.views([ExecutionRow.read(row) for row in rows])

    def payloads(self, execution_ids: Sequence[str]) -> dict[str, JsonObject]:
        """Return what each of these executions was triggered with, by its id; unknown and unreadable ones have none."""
        ids = list(dict.fromkeys(execution_ids))
        if not ids:
            return {}
        found = map(ExecutionRow.read, self._store.slice(EXECUTIONS, PageRequest(len(ids), {"execution_id": ids})).rows)
        return {row.execution_id: row.request["payload"] for row in found if "payload" in row.request}

    def get(self, execution_id: str) -> ExecutionContext:
        """Return an execution. Raises ExecutionNotFoundError, and ValidationError for what is not an id."""
        _check(execution_id)
        return self._engine.get(execution_id)

    def retry(self, execution_id: str) -> ExecutionContext:
        """Run a failed execution again; what was delivered is not sent again. Raises InvalidTransitionError."""
        _check(execution_id)
        return drive(self._engine.retry(execution_id, Blocking()))

    def cancel(self, execution_id: str) -> ExecutionContext:
        """End an execution that has not ended. Raises InvalidTransitionError."""
        _check(execution_id)
        return self._engine.cancel(execution_id)

    def cancel_all(self, transaction_id: str) -> int:
        """Cancel every execution of a trigger that has not ended; return how many there were.

        Its fan-outs end, and whom they did not reach is counted, too. What the trigger records later is canceled then.
        """
        checked_ids(transaction_id=transaction_id)
        store, now = self._store, self._engine.parts.clock.now()
        key = scoped(store.app, transaction_id)
        [fanouts] = store.commit(CancelTransaction(key, now))
        canceled = sum(store.remaining(row) for row in fanouts)
        found = store.open_of(transaction_id)
        for chunk in chunks(found, CHUNK):
            [ended] = store.commit(CancelUnbegun(key, chunk[0], chunk[-1], now))
            canceled += len(ended) + sum(self._ended(name) for name in chunk if name not in ended)
        return canceled

    def _ended(self, execution_id: str) -> bool:
        try:
            self._engine.cancel(execution_id)
        except ConflictError:  # it ended meanwhile
            return False
        return True


def _check(execution_id: Any) -> None:
    """Raise ValidationError for what is not text that a store holds; a blank text only leads nowhere."""
    if not isinstance(execution_id, str) or execution_id.strip():
        checked_ids(execution_id=execution_id)


def _of_status(status: str | None) -> dict[str, Sequence[Any]]:
    return {} if status is None else {_known(ExecutionStatus, status): [True]}


def _known(kind: type[Text], status: str) -> str:
    known = [member.value for member in kind]
    if status not in known:
        raise ValidationError("The list is invalid.", [FieldError("/status", f"must be one of {', '.join(known)}")])
    return str(status)


def _fanout_of_row(row: tuple[Any, ...]) -> Fanout:
    return fanout_of(FanoutRow.read(row))


def _of_time(after: datetime | None, before: datetime | None) -> dict[str, Sequence[Any]]:
    """The times twice: ids begin with the time, so that the index of ids leads there."""
    filters: dict[str, Sequence[Any]] = {}
    for name, moment, slack, path in (("from", after, -_SLACK, "/after"), ("until", before, _SLACK, "/before")):
        if moment is not None:
            given: Any = moment
            if not isinstance(given, datetime) or given.tzinfo is None:
                raise ValidationError("The list is invalid.", [FieldError(path, "must be an aware datetime")])
            filters[name] = [micros(given)]
            with contextlib.suppress(OverflowError):  # before 1970 and at the calendar's end there is no such id
                filters[f"id_{name}"] = [first_id(given + slack)]
    return filters
