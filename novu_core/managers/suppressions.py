"""Addresses to which nothing is sent."""

from __future__ import annotations

from typing import Any

from typing_extensions import Unpack

from novu_core.clock import Clock
from novu_core.delivery.addresses import address_key
from novu_core.errors import FieldError, SuppressionNotFoundError, ValidationError
from novu_core.managers.paging import PageOptions, counted_page, each
from novu_core.records import CountedPage, SuppressionRecord
from novu_core.records.ids import fault_of_id
from novu_core.storage.ids import uuid7
from novu_core.storage.listings import SUPPRESSIONS
from novu_core.storage.rows import SuppressionRow
from novu_core.storage.store import Store
from novu_core.storage.suppressions import AddSuppression, RemoveSuppression
from novu_core.types import Channel

_LONGEST = 200
"""Characters of a reason: it is read in the timeline of every step that is skipped for it."""


class Suppressions:
    """E-mail addresses to which nothing is sent: they bounced, somebody complained, or you said so.

    The letters of a domain have no case; what stands before the ``@`` is compared as it is written.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(self, address: str, *, reason: str = "manual") -> SuppressionRecord:
        """Send nothing to an address from now on; one that is suppressed already stays as it is.

        ``reason``: one line of at most 200 characters, for the timeline. Raises ValidationError.
        """
        key = _key(address)
        fault = _fault_of_reason(reason)
        if fault is not None:
            raise _invalid("/reason", fault)
        now = self._clock.now()
        row = SuppressionRow(channel=Channel.EMAIL.value, address=key, id=uuid7(now), reason=reason, created_at=now)
        [saved] = self._store.commit(AddSuppression(row))
        return _record(saved)

    def get(self, address: str) -> SuppressionRecord:
        """Return why nothing is sent to an address. Raises SuppressionNotFoundError and ValidationError."""
        row = self._store.suppression(Channel.EMAIL.value, _key(address))
        if row is None:
            raise SuppressionNotFoundError(address)
        return _record(row)

    def list(self, **page: Unpack[PageOptions]) -> CountedPage[SuppressionRecord]:
        """Return the addresses, the latest first unless ``order="asc"``. Raises ValidationError."""
        return counted_page(self._store, SUPPRESSIONS, each(_of_row), {}, **page)

    def remove(self, address: str) -> None:
        """Send to an address again. Raises SuppressionNotFoundError and ValidationError."""
        [existed] = self._store.commit(RemoveSuppression(Channel.EMAIL.value, _key(address)))
        if not existed:
            raise SuppressionNotFoundError(address)


def _key(address: Any) -> str:
    try:
        return address_key(address)
    except ValueError as error:
        raise _invalid("/address", str(error)) from None


def _fault_of_reason(reason: Any) -> str | None:
    fault = fault_of_id(reason)
    if fault is not None:
        return fault
    good = reason.isprintable() and len(reason) <= _LONGEST
    return None if good else f"must be one line of at most {_LONGEST} characters"


def _invalid(path: str, told: str) -> ValidationError:
    return ValidationError("The suppression is invalid.", [FieldError(path, told)])


def _of_row(row: tuple[Any, ...]) -> SuppressionRecord:
    return _record(SuppressionRow.read(row))


def _record(row: SuppressionRow) -> SuppressionRecord:
    return SuppressionRecord(
        id=row.id,
        channel=row.channel,
        address=row.address,
        reason=row.reason,
        detail=row.detail,
        message_id=row.message_id,
        created_at=row.created_at,
        unreadable=row.unreadable,
    )
