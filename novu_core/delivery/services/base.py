"""What the services share: a message becomes a request, an answer becomes a receipt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlencode, urlsplit

from novu_core.clock import Clock
from novu_core.delivery.base import Delivery, Message
from novu_core.delivery.posting import Posting
from novu_core.delivery.services.service_url import TIMEOUT, ServiceURL, checked_base
from novu_core.delivery.transport import Answer, Transport
from novu_core.errors import DeliveryError
from novu_core.records.credentials import credentials_of
from novu_core.types import Channel, JsonObject


@dataclass(frozen=True, repr=False)
class Request:
    """A POST that a service is asked with. Its repr shows none of it: secrets stand in each part."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, url: str, data: JsonObject, headers: Mapping[str, str] | None = None) -> Request:
        """Make one of JSON. Raises ValueError for what JSON cannot hold."""
        body = json.dumps(data, allow_nan=False, default=str).encode()
        return cls(url, body, {"Content-Type": "application/json", **(headers or {})})

    @classmethod
    def form(cls, url: str, fields: Iterable[tuple[str, str]], headers: Mapping[str, str] | None = None) -> Request:
        """Make one of a form's fields, of which several may have one name."""
        body = urlencode([(name, storable_text(value)) for name, value in fields]).encode()
        return cls(url, body, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})


class Service(Posting):
    """A service over HTTP: a subclass says how a message is asked for (:meth:`request`), and what an answer means.

    ``base_url``: where its API is. ``timeout``: seconds for connecting, for sending, and for the answer's two parts.
    """

    name: ClassVar[str]
    channel: ClassVar[Channel]
    scheme: ClassVar[str]
    example: ClassVar[str]
    """How its URL looks."""
    options: ClassVar[tuple[str, ...]] = ()
    """Of its URL, beside ``timeout`` and ``base_url``."""
    home: ClassVar[str]
    """The base URL of the service itself."""

    def __init__(
        self,
        *secrets: str | None,
        base_url: str | None = None,
        timeout: float = TIMEOUT,
        clock: Clock | None = None,
        deny_private: bool = False,
    ) -> None:
        self.base_url = checked_base(base_url or self.home)
        told = f"{type(self).__name__} at {urlsplit(self.base_url).netloc}"
        super().__init__(told, Transport(timeout, deny_private=deny_private), clock, secrets)

    @property
    def needs_address(self) -> bool:
        """Whether a subscriber without an address is skipped."""
        return True

    @classmethod
    def read(cls, parts: SplitResult, **wiring: Any) -> Service:
        """Make one of its URL, split; ``wiring``: ``clock`` and ``deny_private``. Raises ConfigurationError."""
        return cls.from_url(ServiceURL.read(parts, cls.example, cls.options), **wiring)

    @classmethod
    def from_url(cls, url: ServiceURL, **wiring: Any) -> Service:
        """Make one of what its URL says. Raises ConfigurationError."""
        raise NotImplementedError

    def request(self, message: Message, to: str) -> Request:
        """Return what to ask for a message to an address. Raises DeliveryError and ValueError."""
        raise NotImplementedError

    def id_of(self, answer: Answer) -> str | None:
        """Return the id that the service gave to the message."""
        return answer.id()

    def fault(self, answer: Answer) -> DeliveryError | None:
        """Return why an answer with a 2xx is a refusal all the same, or None."""
        return None

    def send(self, message: Message) -> Delivery:
        """Send the message. Raises DeliveryError."""
        try:
            request = self.request(message, self.address(message))
        except ValueError as error:
            raise self.failed(f"was not called: {error}") from error
        answer = self.ask(request)
        return Delivery(self.name, self.id_of(answer), {"status": answer.status})

    def greet(self) -> None:
        """Connect to the service, and ask it for nothing. Raises DeliveryError where it cannot be reached."""
        self.reach(self.base_url)

    def ask(self, request: Request) -> Answer:
        """Return an answer that means success. Raises DeliveryError."""
        answer = self.post(request.url, request.body, request.headers)
        fault = self.fault(answer)
        if fault is not None:
            raise fault
        return answer

    def address(self, message: Message) -> str:
        """Return whom the message is for. Raises DeliveryError where it names nobody."""
        if message.to is None:
            raise self.failed("was not called: the subscriber has no address for it.")
        return message.to

    def override(self, message: Message) -> JsonObject:
        """Return the fields that the step gives this provider alone, ``_passthrough``'s body laid over them.

        Raises DeliveryError for headers and a query in it: those are not a step's to give.
        """
        given = dict(message.override(self.name))
        passed = given.pop("_passthrough", None) or {}
        lost = [f"`_passthrough.{name}`" for name in ("headers", "query") if passed.get(name)]
        if lost:
            raise self.failed(f"was not called: it cannot send {' and '.join(lost)} of `providers`.")
        return merged(given, passed.get("body") or {})

    def credential(self, message: Message, field: str) -> Any:
        """Return a field of the subscriber's credentials for this provider, None where it is not there."""
        for entry in credentials_of(message.subscriber.channels):
            credentials = entry.get("credentials")
            if entry["providerId"] == self.name and isinstance(credentials, Mapping) and credentials.get(field):
                return credentials[field]
        return None


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> JsonObject:
    """Return two JSON objects as one, objects within them likewise; ``over`` wins."""
    found = {**under}
    for name, value in over.items():
        below = found.get(name)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        found[name] = merged(below, value) if both else value  # type: ignore[arg-type]  # both are mappings
    return found


def storable_text(value: str) -> str:
    """Return text that UTF-8 can hold: JSON may carry half of a surrogate pair."""
    return value.encode("utf-8", "replace").decode()


def text_of(message: Message) -> str:
    """Return the message as plain text. Raises ValueError where it has none."""
    text = message.text
    if not text:
        raise ValueError("the step returned no body.")
    return storable_text(text)
