"""Named groups of subscribers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from typing_extensions import Unpack

from novu_core.clock import Clock
from novu_core.delivery.addresses import parse_address
from novu_core.errors import (
    FieldError,
    SubscriberNotFoundError,
    TopicAlreadyExistsError,
    TopicNotFoundError,
    ValidationError,
)
from novu_core.managers.paging import Ids, PageOptions, checked_filters, chunks, counted_page, each, numbered_page
from novu_core.records import CountedPage, MembershipChange, MembershipRecord, NumberedPage, TopicRecord
from novu_core.records.ids import UNSET, Unset, checked_ids, fault_of_id
from novu_core.records.people import MembershipFailure
from novu_core.storage.changes import Change
from novu_core.storage.listings import MEMBERSHIPS, TOPICS
from novu_core.storage.rows import TopicRow
from novu_core.storage.store import Store
from novu_core.storage.topics import DeleteTopic, MembershipRow, RenameTopic, SaveTopic, Subscribe, Unsubscribe

_KEY = re.compile(r"[A-Za-z0-9_:.-]+")


class Topics:
    """Named groups of subscribers."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(self, key: str, name: str | None = None, *, fail_if_exists: bool = False) -> TopicRecord:
        """Make a topic, or rename the one with this key; a name that is not given stays.

        A key is letters, digits, ``-``, ``_``, ``:`` and ``.``, or an e-mail address. Raises ValidationError, and with
        ``fail_if_exists`` TopicAlreadyExistsError, which holds the stored one.
        """
        _check_key(key)
        _check_name(name)
        [saved] = self._store.commit(SaveTopic(key, name, self._clock.now(), new_only=fail_if_exists))
        if fail_if_exists and not saved.created:
            raise TopicAlreadyExistsError(key, _topic(saved.row))
        return _topic(saved.row)

    def get(self, key: str) -> TopicRecord:
        """Return a topic. Raises TopicNotFoundError, and ValidationError for what is not a key."""
        checked_ids(key=key)
        return _found(self._store.topic(key), key)

    def list(
        self,
        *,
        key: str | Unset = UNSET,
        name: str | Unset = UNSET,
        **page: Unpack[PageOptions],
    ) -> CountedPage[TopicRecord]:
        """Return topics that meet all filters exactly, newest first unless ``order="asc"``. Raises ValidationError."""
        filters = _of_key(key) | checked_filters(name=name)
        return counted_page(
            self._store,
            TOPICS,
            each(_topic_of_row),
            filters,
            **page,
        )

    def page(self, number: int = 0, *, limit: int = 10, key: str | Unset = UNSET) -> NumberedPage[TopicRecord]:
        """Return a page by its number from 0, newest first. ``limit``: 1 to 1,000. Raises ValidationError."""
        return numbered_page(self._store, TOPICS, each(_topic_of_row), _of_key(key), number, limit)

    def rename(self, key: str, name: str | None) -> TopicRecord:
        """Give a topic another name; None takes it away. Raises TopicNotFoundError and ValidationError."""
        checked_ids(key=key)
        _check_name(name)
        [row] = self._store.commit(RenameTopic(key, name, self._clock.now()))
        return _found(row, key)

    def delete(self, key: str) -> None:
        """Forget a topic and who is in it. Raises TopicNotFoundError."""
        checked_ids(key=key)
        [existed] = self._store.commit(DeleteTopic(key))
        if not existed:
            raise TopicNotFoundError(key)

    def subscribe(self, key: str, subscriber_ids: Iterable[str] | str, *, known_only: bool = False) -> MembershipChange:
        """Add subscribers, and make the topic where it is new; those that are in already stay as they are.

        One that is not stored yet is stored with its id alone; with ``known_only`` it fails (SUBSCRIBER_NOT_FOUND)
        and does not stop the others. Raises ValidationError.
        """
        ids = _checked_members(key, subscriber_ids)
        if not ids:
            return MembershipChange([], [])
        if self._store.topic(key) is None:
            _check_key(key)
        now = self._clock.now()
        return self._change(
            ids,
            lambda chunk: [SaveTopic(key, None, now), Subscribe(key, chunk, now, known_only)],
            "SUBSCRIBER_NOT_FOUND",
            lambda name: f"Subscriber with id: `{name}` does not exist.",
        )

    def unsubscribe(self, key: str, subscriber_ids: Iterable[str] | str) -> MembershipChange:
        """Remove subscribers; one that is not in fails (SUBSCRIPTION_NOT_FOUND) and does not stop the others.

        Raises ValidationError.
        """
        ids = _checked_members(key, subscriber_ids)
        return self._change(
            ids,
            lambda chunk: [Unsubscribe(key, chunk)],
            "SUBSCRIPTION_NOT_FOUND",
            lambda name: f"Subscriber with id: `{name}` is not in the topic `{key}`.",
        )

    def members(
        self,
        key: str,
        *,
        subscriber_id: str | Unset = UNSET,
        **page: Unpack[PageOptions],
    ) -> CountedPage[MembershipRecord]:
        """Return who is in a topic, the latest first unless ``order="asc"``.

        Raises TopicNotFoundError and ValidationError.
        """
        self.get(key)
        filters = {"topic_key": [key], **checked_filters(subscriber_id=subscriber_id)}
        return self._memberships(filters, page)

    def of_subscriber(
        self,
        subscriber_id: str,
        *,
        key: str | Unset = UNSET,
        **page: Unpack[PageOptions],
    ) -> CountedPage[MembershipRecord]:
        """Return which topics a subscriber is in, as :meth:`members`. Raises SubscriberNotFoundError."""
        checked_ids(subscriber_id=subscriber_id)
        if self._store.subscriber(subscriber_id) is None:
            raise SubscriberNotFoundError(subscriber_id)
        filters = {"subscriber_id": [subscriber_id], **_of_key(key)}
        return self._memberships(filters, page)

    def member_ids(self, key: str) -> Sequence[str]:
        """Return the ids of all who are in a topic; an unknown topic has none. Raises ValidationError."""
        checked_ids(key=key)
        return self._store.members(key)

    def _memberships(self, filters: Mapping[str, Sequence[Any]], page: PageOptions) -> CountedPage[MembershipRecord]:
        return counted_page(
            self._store,
            MEMBERSHIPS,
            each(lambda row: _membership(MembershipRow.from_row(row))),
            filters,
            **page,
        )

    def _change(
        self,
        ids: Sequence[str],
        changes: Callable[[Sequence[str]], Sequence[Change]],
        code: str,
        told: Callable[[str], str],
    ) -> MembershipChange:
        changed: dict[str, MembershipRow] = {}
        for chunk in chunks(ids):
            changed |= self._store.commit(*changes(chunk))[-1]
        done = [_membership(changed[name]) for name in ids if name in changed]
        failed = [MembershipFailure(name, code, told(name)) for name in ids if name not in changed]
        return MembershipChange(done, failed)


def _check_key(key: Any) -> None:
    checked_ids(key=key)
    if _KEY.fullmatch(key):
        return
    try:
        parse_address(key)
    except ValueError:
        told = "must be letters, digits, -, _, : and ., or an e-mail address"
        raise ValidationError("The topic is invalid.", [FieldError("/key", told)]) from None


def _of_key(key: Ids) -> dict[str, list[str]]:
    found = checked_filters(key=key)
    return {"topic_key": found["key"]} if found else {}


def _check_name(name: Any) -> None:
    if name is not None and (fault := fault_of_id(name)):
        raise ValidationError("The topic is invalid.", [FieldError("/name", fault)])


def _checked_members(key: Any, subscriber_ids: Any) -> Sequence[str]:
    if not isinstance(subscriber_ids, Iterable):
        told = f"must be an id, or a list of ids, not {subscriber_ids!r}"
        raise ValidationError("The topic's members are invalid.", [FieldError("/subscriber_ids", told)])
    ids = [subscriber_ids] if isinstance(subscriber_ids, str) else list(subscriber_ids)
    named = [("/key", key), *((f"/subscriber_ids/{at}", item) for at, item in enumerate(ids))]
    faults = [FieldError(path, fault) for path, value in named if (fault := fault_of_id(value)) is not None]
    if faults:
        raise ValidationError("The topic's members are invalid.", faults)
    return list(dict.fromkeys(ids))


def _found(row: TopicRow | None, key: str) -> TopicRecord:
    if row is None:
        raise TopicNotFoundError(key)
    return _topic(row)


def _topic(row: TopicRow) -> TopicRecord:
    return TopicRecord(row.id, row.topic_key, row.name, row.created_at, row.updated_at, row.unreadable)


def _topic_of_row(row: tuple[Any, ...]) -> TopicRecord:
    return _topic(TopicRow.read(row))


def _membership(row: MembershipRow) -> MembershipRecord:
    return MembershipRecord(*row)
