"""Who notifications are for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from typing_extensions import Unpack

from novu_core.clock import Clock
from novu_core.codec import jsonable
from novu_core.engine.inputs import reason_of
from novu_core.engine.recipients import parse_subscriber
from novu_core.errors import (
    FieldError,
    RecipientInvalidError,
    StoreRefusedError,
    SubscriberAlreadyExistsError,
    SubscriberNotFoundError,
    UnreadableRowError,
    ValidationError,
)
from novu_core.managers.paging import PageOptions, checked_filters, counted_page, each, numbered_page
from novu_core.managers.personal import erase, export
from novu_core.records import BulkUpsert, CountedPage, Erased, NumberedPage, StoredSubscriber, Subscriber
from novu_core.records.credentials import with_credentials, without_credentials
from novu_core.records.ids import UNSET, Unset, checked_ids
from novu_core.records.people import UpsertFailure
from novu_core.storage.listings import SUBSCRIBERS
from novu_core.storage.people import AddSubscribers, DeleteSubscriber, EditSubscriber, Saved, SaveSubscriber
from novu_core.storage.rows import SubscriberRow
from novu_core.storage.search_keys import search_key
from novu_core.storage.slices import PageRequest
from novu_core.storage.store import Store
from novu_core.types import JsonObject

MOST_AT_ONCE = 500
"""How many subscribers a bulk may hold, as Novu's."""


class Subscribers:
    """Who notifications are for. Subscriber ids are the application's; ``id`` of a subscriber is Novu's ``_id``."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def upsert(
        self, subscriber: Subscriber | Mapping[str, Any] | str, *, fail_if_exists: bool = False, **fields: Any
    ) -> StoredSubscriber:
        """Create a subscriber or merge fields into it; None clears a field, one that is not given stays.

        Raises RecipientInvalidError, with ``fail_if_exists`` SubscriberAlreadyExistsError, which holds the stored one,
        and UnreadableRowError where nobody knows into what the fields would be merged.
        """
        data = _parsed(subscriber, fields)
        only = "new" if fail_if_exists else None
        [saved] = self._store.commit(SaveSubscriber(data["subscriberId"], data, self._clock.now(), only))
        if fail_if_exists and not saved.created:
            raise SubscriberAlreadyExistsError(data["subscriberId"], _record(saved.row))
        return _record(saved.row)

    def patch(self, subscriber_id: str, fields: Mapping[str, Any] | None = None, **more: Any) -> StoredSubscriber:
        """Merge fields into a stored subscriber; None clears a field, ``data`` is replaced whole.

        Raises RecipientInvalidError and SubscriberNotFoundError.
        """
        data = _parsed(subscriber_id, {**(fields or {}), **more})
        [saved] = self._store.commit(SaveSubscriber(subscriber_id, data, self._clock.now(), "stored"))
        return _found(saved.row, subscriber_id)

    def upsert_many(self, subscribers: Sequence[Subscriber | Mapping[str, Any] | str]) -> BulkUpsert:
        """Do as :meth:`upsert` for up to 500 in one transaction; one that is invalid does not stop the others,
        nor does one whose stored row cannot be read.

        Raises ValidationError for more than 500, and for what is not a list.
        """
        if isinstance(subscribers, str | Mapping) or not isinstance(subscribers, Sequence):
            raise ValidationError("The bulk is invalid.", [FieldError("/subscribers", "must be a list")])
        if len(subscribers) > MOST_AT_ONCE:
            told = f"has {len(subscribers)} items; at most {MOST_AT_ONCE} are allowed"
            raise ValidationError("The bulk is invalid.", [FieldError("/subscribers", told)])
        now = self._clock.now()
        read = [_change_of(item, f"/subscribers/{at}", now) for at, item in enumerate(subscribers)]
        changes = [item for item in read if isinstance(item, SaveSubscriber)]
        try:
            saved: list[Saved | UpsertFailure] = self._store.commit(*changes)
        except (StoreRefusedError, UnreadableRowError):  # for one of them, which must not stop the others
            saved = [self._alone(change) for change in changes]
        done = iter(saved)
        bulk = BulkUpsert([], [], [])
        for item in read:
            result = item if isinstance(item, UpsertFailure) else next(done)
            if isinstance(result, Saved):
                (bulk.created if result.created else bulk.updated).append(item.subscriber_id)
            else:
                bulk.failed.append(result)
        return bulk

    def ensure(self, subscriber_ids: Sequence[str]) -> None:
        """Store those of these who are not stored yet, with their ids alone. Raises ValidationError."""
        for at in range(0, len(subscriber_ids), MOST_AT_ONCE):
            some = subscriber_ids[at : at + MOST_AT_ONCE]
            known = self.internal_ids(some)
            if new := [each for each in some if each not in known]:
                self._store.commit(AddSubscribers(new, self._clock.now()))

    def _alone(self, change: SaveSubscriber) -> Saved | UpsertFailure:
        try:
            saved: Saved = self._store.commit(change)[0]
        except (StoreRefusedError, UnreadableRowError) as error:
            return UpsertFailure(change.subscriber_id, str(error))
        return saved

    def get(self, subscriber_id: str) -> StoredSubscriber:
        """Return a subscriber.

        Raises SubscriberNotFoundError, UnreadableRowError, and ValidationError for what is not an id.
        """
        checked_ids(subscriber_id=subscriber_id)
        return _found(self._store.subscriber(subscriber_id), subscriber_id)

    def list(
        self,
        *,
        subscriber_id: str | Unset = UNSET,
        email: str | Unset = UNSET,
        phone: str | Unset = UNSET,
        name: str | Unset = UNSET,
        **page: Unpack[PageOptions],
    ) -> CountedPage[StoredSubscriber]:
        """Return subscribers that meet all filters exactly, newest first unless ``order="asc"``.

        ``name`` is "first last". One that cannot be read is an id, and says why in ``unreadable``. Raises
        ValidationError.
        """
        filters = checked_filters(subscriber_id=subscriber_id, email=email, phone=phone, name=name)
        for searched in {"email", "phone", "name"} & set(filters):
            filters[searched] = [search_key(text) for text in filters[searched]]
        return counted_page(
            self._store,
            SUBSCRIBERS,
            each(_of_row),
            filters,
            **page,
        )

    def page(self, number: int = 0, *, limit: int = 10) -> NumberedPage[StoredSubscriber]:
        """Return a page by its number from 0, newest first. ``limit``: 1 to 1,000. Raises ValidationError."""
        return numbered_page(self._store, SUBSCRIBERS, each(_of_row), {}, number, limit)

    def internal_ids(self, subscriber_ids: Sequence[str]) -> dict[str, str]:
        """Return the ``id`` of each of these that is stored, by its subscriber id."""
        ids = checked_filters(subscriber_id=subscriber_ids or UNSET)
        found = self._store.slice(SUBSCRIBERS, PageRequest(len(subscriber_ids), ids)).rows if ids else []
        return {row.subscriber_id: row.id for row in map(SubscriberRow.read, found)}

    def delete(self, subscriber_id: str) -> None:
        """Forget a subscriber, with preferences, memberships and messages. Raises SubscriberNotFoundError.

        Nothing that was triggered before is sent any more; the runs that are open skip it (``subscriber_deleted``).
        """
        checked_ids(subscriber_id=subscriber_id)
        [existed] = self._store.commit(DeleteSubscriber(subscriber_id, self._clock.now()))
        if not existed:
            raise SubscriberNotFoundError(subscriber_id)

    def export(self, subscriber_id: str) -> JsonObject:
        """Return all that is stored about somebody as JSON data: fields, preferences, topics, runs, messages, ...

        Of every app on the store. Raises SubscriberNotFoundError where there is nothing, and ValidationError.
        """
        return export(self._store, self._clock, subscriber_id)

    def erase(self, subscriber_id: str) -> Erased:
        """Delete all that is stored about somebody, in every app, as if they had never been there; no way back.

        Open runs are canceled first. Suppressions of their addresses go too, unless another subscriber has the same.
        Raises SubscriberNotFoundError where there is nothing, and ValidationError.
        """
        return erase(self._store, self._clock, subscriber_id)

    def set_credentials(
        self, subscriber_id: str, provider_id: str, credentials: Mapping[str, Any], integration: str | None = None
    ) -> StoredSubscriber:
        """Replace what is stored for a provider of push or chat: ``deviceTokens``, ``webhookUrl``, ``channel``, ...

        ``integration`` tells several accounts of a provider apart. Raises SubscriberNotFoundError and ValidationError.
        """
        return self._credentials(subscriber_id, provider_id, credentials, integration, append=False)

    def append_credentials(
        self, subscriber_id: str, provider_id: str, credentials: Mapping[str, Any], integration: str | None = None
    ) -> StoredSubscriber:
        """Add device tokens to those of a provider, each once; other fields replace those of the same names.

        Raises SubscriberNotFoundError and ValidationError.
        """
        return self._credentials(subscriber_id, provider_id, credentials, integration, append=True)

    def remove_credentials(
        self, subscriber_id: str, provider_id: str, integration: str | None = None
    ) -> StoredSubscriber:
        """Forget what is stored for a provider; nothing is no error. Raises SubscriberNotFoundError."""
        checked_ids(subscriber_id=subscriber_id, provider_id=provider_id)
        return self._edit(
            subscriber_id, lambda channels: without_credentials(channels, provider_id, integration) or None
        )

    def _credentials(
        self,
        subscriber_id: str,
        provider_id: str,
        credentials: Mapping[str, Any],
        integration: str | None,
        *,
        append: bool,
    ) -> StoredSubscriber:
        checked_ids(subscriber_id=subscriber_id, provider_id=provider_id, integration=integration or UNSET)
        given = _checked_credentials(credentials)
        return self._edit(
            subscriber_id, lambda channels: with_credentials(channels, provider_id, given, integration, append=append)
        )

    def _edit(self, subscriber_id: str, change: Callable[[Any], Any]) -> StoredSubscriber:
        """Change the credentials in one transaction, whoever else does so at the same time."""

        def edit(stored: JsonObject) -> JsonObject:
            changed = {**stored, "channels": change(stored.get("channels"))}
            return {name: value for name, value in changed.items() if value is not None}

        [row] = self._store.commit(EditSubscriber(subscriber_id, edit, self._clock.now()))
        return _found(row, subscriber_id)


def _parsed(subscriber: Any, fields: Mapping[str, Any], path: str = "/subscriber") -> JsonObject:
    data = parse_subscriber(subscriber, path)
    if fields:
        others = {name: value for name, value in fields.items() if name not in ("subscriberId", "subscriber_id")}
        data |= parse_subscriber({**others, "subscriberId": data["subscriberId"]}, path)
    try:
        return {name: jsonable(value) for name, value in data.items()}
    except (TypeError, ValueError, RecursionError) as error:
        raise RecipientInvalidError("The subscriber is invalid.", [FieldError(path, reason_of(error))]) from None


def _change_of(item: Any, path: str, now: datetime) -> SaveSubscriber | UpsertFailure:
    """The change for an item of a bulk, or why there is none."""
    try:
        data = _parsed(item, {}, path)
    except ValidationError as error:
        return UpsertFailure(_id_of(item), str(error))
    return SaveSubscriber(data["subscriberId"], data, now)


def _checked_credentials(credentials: Any) -> JsonObject:
    if not isinstance(credentials, Mapping):
        raise _not_credentials("", f"must be an object, not {type(credentials).__name__}")
    try:
        given = jsonable(dict(credentials))
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_credentials("", reason_of(error)) from None
    tokens = given.get("deviceTokens", [])
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise _not_credentials("/deviceTokens", "must be a list of strings")
    return {name: value for name, value in given.items() if value is not None}


def _not_credentials(path: str, told: str) -> ValidationError:
    return ValidationError("The credentials are invalid.", [FieldError(f"/credentials{path}", told)])


def _record(row: SubscriberRow) -> StoredSubscriber:
    data = row.data
    if data.get("subscriberId") != row.subscriber_id:  # somebody else wrote it
        data = {**data, "subscriberId": row.subscriber_id}
    if row.unreadable is not None:
        data = {**data, "unreadable": row.unreadable}
    return StoredSubscriber.of(data, row.id, row.created_at, row.updated_at)


def _found(row: SubscriberRow | None, subscriber_id: str) -> StoredSubscriber:
    if row is None:
        raise SubscriberNotFoundError(subscriber_id)
    return _record(row.checked())


def _of_row(row: tuple[Any, ...]) -> StoredSubscriber:
    return _record(SubscriberRow.read(row))


def _id_of(item: Any) -> str:
    """The id of an item that is not valid, as far as there is one."""
    found = item.get("subscriberId", item.get("subscriber_id")) if isinstance(item, Mapping) else item
    return found if isinstance(found, str) else ""
