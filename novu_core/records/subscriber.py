"""Who a notification is for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, field_validator
from pydantic.alias_generators import to_camel

from novu_core.types import JsonObject


class Subscriber(BaseModel):
    """A recipient, with Novu's fields: ``first_name`` in Python, ``firstName`` in JSON and templates; both read in.

    ``data`` holds anything of yours; ``channels`` the credentials of push and chat.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow", defer_build=True)

    subscriber_id: str
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    avatar: str | None = None
    locale: str | None = None
    timezone: str | None = None
    data: JsonObject = {}  # pydantic copies it
    channels: Any = None
    _sent: JsonObject | None = PrivateAttr(default=None)

    @field_validator("subscriber_id")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must not be blank")
        return value

    @classmethod
    def lenient(cls, sent: JsonObject) -> Subscriber:
        """Build from what a caller sent, without validation, as the bridge passes it on (PROTOCOL section 5)."""
        return _filled(Subscriber, sent)

    def __getitem__(self, key: str) -> Any:
        """Read a field by its JSON or Python name, so that ``subscriber["firstName"]`` works too."""
        name = _BY_ALIAS.get(key, key)
        if name in type(self).model_fields or name in (self.model_extra or {}):
            return getattr(self, name)
        raise KeyError(key)

    def to_json(self) -> JsonObject:
        """Return the JSON form with only the fields that are set, or what a caller sent as it was sent."""
        if self._sent is not None:
            return self._sent
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)

    def given(self) -> JsonObject:
        """Return the JSON form with every field that was set; None is one that is to be cleared."""
        return self._sent if self._sent is not None else self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class StoredSubscriber(Subscriber):
    """A subscriber as a client's store has it. Its JSON form, and its items, are the subscriber's own fields."""

    model_config = ConfigDict(frozen=True)

    _id: str = PrivateAttr()
    _times: tuple[datetime, datetime] = PrivateAttr()

    @classmethod
    def of(cls, stored: JsonObject, internal_id: str, created_at: datetime, updated_at: datetime) -> StoredSubscriber:
        """Build from what is stored; ``stored`` are Novu's camelCase fields."""
        made = _filled(cls, stored)
        made._id, made._times = internal_id, (created_at, updated_at)
        return made

    @property
    def id(self) -> str:
        """Novu's ``_id``, which never changes."""
        return self._id

    @property
    def created_at(self) -> datetime:
        """When it was stored first (aware, UTC)."""
        return self._times[0]

    @property
    def updated_at(self) -> datetime:
        """When it was changed last (aware, UTC)."""
        return self._times[1]


S = TypeVar("S", bound=Subscriber)


def _filled(kind: type[S], sent: JsonObject) -> S:
    known: JsonObject = {"data": {}}
    extra: JsonObject = {}
    for key, value in sent.items():
        name = _BY_ALIAS.get(key, key)
        if name in _KNOWN:
            known[name] = value
        elif key.isidentifier():
            extra[name] = value
    made = kind.__new__(kind)
    # As unpickled: a copy that is updated takes more than twice as long.
    _set(made, "__dict__", {**_BLANK, **known})
    _set(made, "__pydantic_extra__", extra)
    _set(made, "__pydantic_fields_set__", {*known, *extra})
    _set(made, "__pydantic_private__", {"_sent": sent})
    return made


_set = object.__setattr__
_BLANK = vars(Subscriber.model_construct())
_BY_ALIAS = {to_camel(name): name for name in Subscriber.model_fields}
_KNOWN = frozenset(Subscriber.model_fields)
