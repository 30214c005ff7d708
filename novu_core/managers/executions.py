"""The history, and control over what runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from typing_extensions import Unpack

from novu_core.aio import Blocking, drive
from novu_core.engine.engine import Engine
from novu_core.engine.fanouts import fanout_of
from novu_core.engine.timeline import timeline
from novu_core.errors import ConflictError, FieldError, ValidationError
from novu_core.managers.paging import Ids, checked_filters, chunks, each, numbered_page, page_after
from novu_core.managers.run_filters import Filters, RunFilters, known_word, of_status, of_time, run_filters
from novu_core.managers.search import Search
from novu_core.managers.summaries import Brief, window_of
from novu_core.records import ExecutionContext, Fanout, NumberedPage, Page
from novu_core.records.ids import UNSET, Unset, checked_ids
from novu_core.records.pages import MOST_NUMBERED, checked_cursor, checked_limit, checked_number
from novu_core.records.summaries import MOST_RETRIED, Retried, RunSummary, Window
from novu_core.storage.fanouts import CHUNK, CancelTransaction, CancelUnbegun
from novu_core.storage.listings import FANOUTS
from novu_core.storage.masking import MaskRuns
from novu_core.storage.moves import ReopenExecutions
from novu_core.storage.rows import ExecutionRow, FanoutRow, scoped
from novu_core.storage.run_listings import RUNS, listing_of
from novu_core.storage.slices import PageRequest
from novu_core.types import FanoutStatus, JsonObject


class Executions:
    """The history, and control over what runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.parts.store

    def list(
        self, *, limit: int = 20, cursor: str | None = None, **filters: Unpack[RunFilters]
    ) -> Page[ExecutionContext]:
        """Return executions, newest first. ``limit``: 1 to 100; ``filters``: :class:`RunFilters`. ValidationError.

        An id that is left out means everybody's; None, or a blank one, is an error.
        """
        listing, wanted = listing_of(run_filters(**filters))
        return page_after(self._store, listing, self._records, wanted, limit, cursor)

    def summaries(
        self, *, limit: int = 20, cursor: str | None = None, **filters: Unpack[RunFilters]
    ) -> Page[RunSummary]:
        """Return executions in brief, as :meth:`list` does whole: without payloads, results and messages of errors."""
        return self.brief(limit=limit, cursor=cursor, **filters).page()

    def brief(self, *, limit: int = 20, cursor: str | None = None, **filters: Unpack[RunFilters]) -> Brief:
        """Return what :meth:`summaries` makes of the store, for whoever may have it already."""
        listing, wanted = listing_of(run_filters(**filters), brief=True)
        page = PageRequest(checked_limit(limit), wanted, checked_cursor(cursor))
        return Brief(self._store, listing, page)

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
        filters: Filters = {
            **checked_filters(
                workflow_id=workflow_id, subscriber_id=subscriber_id, transaction_id=transaction_id, channel=channel
            ),
            **of_status(status),
            **of_time(after, before),
        }
        people = Search(self._store)
        if not isinstance(email, Unset):
            people.narrow(filters, "subscriber_id", people.by_email(checked_filters(email=email)["email"]))
        if not isinstance(search, Unset):
            people.narrow(filters, *people.meant(checked_filters(search=search)["search"][0]))
        if any(not values for values in filters.values()):
            return NumberedPage([], checked_number(number), checked_limit(limit, MOST_NUMBERED), False, None, False)
        return numbered_page(self._store, RUNS, self._records, filters, number, limit, counted=False)

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
            filters["status"] = [known_word(FanoutStatus, status, "status")]
        return page_after(self._store, FANOUTS, each(_fanout_of_row), filters, limit, cursor)

    def _records(self, rows: Sequence[tuple[Any, ...]]) -> Sequence[ExecutionContext]:
        return self._engine.views([ExecutionRow.read(row) for row in rows])

    def payloads(self, execution_ids: Sequence[str]) -> dict[str, JsonObject]:
        """Return what each of these executions was triggered with, by its id; unknown and unreadable ones have none."""
        ids = list(dict.fromkeys(execution_ids))
        if not ids:
            return {}
        found = map(ExecutionRow.read, self._store.slice(RUNS, PageRequest(len(ids), {"execution_id": ids})).rows)
        return {row.execution_id: row.request["payload"] for row in found if "payload" in row.request}

    def get(self, execution_id: str) -> ExecutionContext:
        """Return an execution. Raises ExecutionNotFoundError, and ValidationError for what is not an id."""
        _check(execution_id)
        return self._engine.get(execution_id)

    def timeline(self, execution_id: str) -> ExecutionContext:
        """Return an execution with every step of its workflow in order, also those that it did not reach (``pending``).

        Each has its name, and the provider and the id of its message. Raises as :meth:`get`.
        """
        _check(execution_id)
        return timeline(self._engine, execution_id)

    def events(self, execution_id: str, *, limit: int = 20, cursor: str | None = None) -> Window:
        """Return what the digest that an execution reached last collects, the oldest event first.

        ``cursor``: the id of the event before. Raises as :meth:`get`, and ValidationError.
        """
        _check(execution_id)
        self._engine.get(execution_id)
        return window_of(self._store, execution_id, checked_limit(limit), checked_cursor(cursor))

    def wake(self, execution_id: str) -> ExecutionContext:
        """Let an execution that waits go on now, and run it; a digest closes with what it has collected.

        Raises ExecutionNotFoundError, and InvalidTransitionError where it does not wait.
        """
        _check(execution_id)
        return drive(self._engine.wake(execution_id, Blocking()))

    def retry_all(self, *, limit: int = MOST_RETRIED, **filters: Unpack[RunFilters]) -> Retried:
        """Let failed executions run again, the oldest first: it may own the window that the others joined.

        A worker runs them. ``limit``: 1 to 1,000; ``filters``: :class:`RunFilters`. Raises ValidationError.
        """
        if filters.get("status") not in (None, "failed"):
            raise ValidationError("The call is invalid.", [FieldError("/status", "must be failed, or left out")])
        filters["status"] = "failed"
        listing, wanted = listing_of(run_filters(**filters), brief=True)
        page = PageRequest(checked_limit(limit, MOST_RETRIED), wanted, descending=False)
        found = self._store.slice(listing, page)
        now, retried = self._engine.parts.clock.now(), 0
        for chunk in chunks([row[0] for row in found.rows]):
            retried += self._store.commit(ReopenExecutions(chunk, now, self._store.app))[0]
        if retried:
            self._engine.parts.due(now)
        return Retried(retried, found.after)

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
        store, now, mask = self._store, self._engine.parts.clock.now(), self._engine.parts.mask
        key = scoped(store.app, transaction_id)
        [fanouts] = store.commit(CancelTransaction(key, now, mask))
        canceled = sum(store.remaining(row) for row in fanouts)
        found = store.open_of(transaction_id)
        for chunk in chunks(found, CHUNK):
            [ended] = store.commit(CancelUnbegun(key, chunk[0], chunk[-1], now))
            store.commit(MaskRuns(mask, sorted(ended), begun=False))
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


def _fanout_of_row(row: tuple[Any, ...]) -> Fanout:
    return fanout_of(FanoutRow.read(row))
