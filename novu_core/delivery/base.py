"""What a provider is, what it is given and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from novu_core.clock import UTC
from novu_core.codec import storable
from novu_core.delivery.attachments import Attachment, attachments_of
from novu_core.delivery.content import html_of, text_of
from novu_core.delivery.failure import classify as classify
from novu_core.types import Channel, JsonObject

_SUBSCRIBER_FIELDS = (
    "subscriber_id", "email", "phone", "first_name", "last_name", "avatar", "locale", "timezone", "data", "channels",
)  # fmt: skip


TIMEOUT = 30.0
"""Seconds that an attempt of a provider may take that does not say."""


class SubscriberLike(Protocol):
    """The part of a subscriber that providers may rely on."""

    @property
    def subscriber_id(self) -> str:
        """The subscriber's id in the user's application."""
        ...

    @property
    def email(self) -> str | None:
        """The e-mail address, if there is one."""
        ...

    @property
    def phone(self) -> str | None:
        """The telephone number, if there is one."""
        ...

    @property
    def data(self) -> Any:
        """What else the application stored about the subscriber."""
        ...

    @property
    def channels(self) -> Any:
        """Credentials of push and chat services."""
        ...


@dataclass(frozen=True)
class Message:
    """One message for one subscriber on one channel.

    ``to`` is the address (e-mail, phone number, ...), None where the subscriber has none and the provider needs none.
    ``content`` is the step's output, with Novu's names (``subject``, ``body``, ``replyTo``, ...). ``idempotency_key``
    is the same for every attempt, and for a repetition after a crash. ``created_at`` is aware, kept in UTC.
    ``unsubscribe_url``: of an e-mail, where its reader stops others of the workflow by one click, if anywhere.
    Raises ValueError for an unknown channel or a naive ``created_at``.
    """

    channel: Channel
    to: str | None
    subscriber: SubscriberLike = field(hash=False)
    content: JsonObject = field(hash=False)
    idempotency_key: str
    execution_id: str
    step_id: str
    workflow_id: str
    created_at: datetime
    unsubscribe_url: str | None = None

    def __post_init__(self) -> None:
        if self.created_at.tzinfo is None:
            raise ValueError("Message: created_at must be aware, for example datetime.now(timezone.utc).")
        if type(self.channel) is not Channel:
            object.__setattr__(self, "channel", Channel(self.channel))
        if self.created_at.tzinfo is not UTC:
            object.__setattr__(self, "created_at", self.created_at.astimezone(UTC))

    @property
    def subject(self) -> str | None:
        """The content's subject, if it has one."""
        return self.content.get("subject")

    @property
    def body(self) -> str | None:
        """The content's body, if it has one."""
        return self.content.get("body")

    @property
    def text(self) -> str | None:
        """The content as plain text: ``text``, else a ``body`` that is not HTML, else the HTML as a reader sees it."""
        return text_of(self.content)

    @property
    def html(self) -> str | None:
        """The content's HTML: ``html``, else a ``body`` with the ``content_type`` ``text/html``, else None."""
        return html_of(self.content)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files that go with an e-mail. Raises ValueError where the content holds what is none."""
        return attachments_of(self.content)

    def override(self, provider: str) -> JsonObject:
        """Return what the step's ``providers=`` says for a provider, empty where it says nothing."""
        return (self.content.get("_providers") or {}).get(provider) or {}

    @property
    def subscriber_id(self) -> str:
        """Whom the message is for."""
        return self.subscriber.subscriber_id

    def to_json(self) -> JsonObject:
        """Return the message as a JSON object: these fields, the subscriber's known fields, the time as ISO 8601."""
        known = {name: getattr(self.subscriber, name, None) for name in _SUBSCRIBER_FIELDS}
        link = {} if self.unsubscribe_url is None else {"unsubscribe_url": self.unsubscribe_url}
        return {
            "channel": self.channel.value,
            "to": self.to,
            "content": self.content,
            "subscriber": {name: value for name, value in known.items() if value is not None},
            "idempotency_key": self.idempotency_key,
            "execution_id": self.execution_id,
            "step_id": self.step_id,
            "workflow_id": self.workflow_id,
            "created_at": self.created_at.isoformat(),
            **link,
        }


@dataclass(frozen=True)
class Delivery:
    """A provider's receipt: its name, the id it gave to the message, and a detail, which ``novu deliver`` prints.

    Of the detail, the history keeps ``refused``: the addresses that the service did not take, each with its reason.
    """

    provider: str
    id: str | None = None
    detail: JsonObject = field(default_factory=dict, hash=False)


class Provider(Protocol):
    """Delivers messages of one channel, or of any.

    Besides ``send`` a provider may have ``channel`` (the only one it serves), ``name`` (for the history; else its class
    name), ``needs_address`` (see :func:`needs_address`), ``timeout`` (seconds of one attempt), ``close()`` and
    ``greet()``, which ``novu check`` calls: it raises if the service cannot be reached, or refuses the credentials; and
    ``events``, an :class:`~novu_core.delivery.events.base.EventSource` for what the service reports later.
    """

    def send(self, message: Message, /) -> Delivery | Awaitable[Delivery | None] | None:
        """Deliver, or raise. :func:`classify` tells which exceptions are worth another attempt."""
        ...


def provider_name(provider: object) -> str:
    """Return the provider's ``name``, else the name of its class."""
    name = getattr(provider, "name", None)
    return name if isinstance(name, str) and name else type(provider).__name__


def needs_address(provider: object, channel: Channel) -> bool:
    """Whether a subscriber without an address is to be skipped before ``send``.

    A provider's own ``needs_address`` decides; without one e-mail and SMS do. Push and chat do not by default: their
    providers often post to one fixed place, or look the devices up themselves.
    """
    declared = getattr(provider, "needs_address", None)
    return declared if isinstance(declared, bool) else channel in (Channel.EMAIL, Channel.SMS)


def timeout_of(provider: object) -> float | None:
    """Return how many seconds one attempt may take: the provider's ``timeout``, else 30.

    None: it takes care of that by itself, as ours do.
    """
    declared = getattr(provider, "timeout", TIMEOUT)
    return declared if declared is None or isinstance(declared, int | float) else TIMEOUT


def receipt(provider: object, answer: object) -> Delivery:
    """Return what ``send`` answered as a Delivery.

    Anything but a Delivery counts as None: only raising means failed, and the message is already out. For the same
    reason its id is made text that every store holds, whatever type the service's library gives it.
    """
    name = storable(provider_name(provider))
    if not isinstance(answer, Delivery):
        return Delivery(name)
    return replace(
        answer,
        provider=storable(answer.provider or name),
        id=None if answer.id is None else storable(answer.id),
    )
