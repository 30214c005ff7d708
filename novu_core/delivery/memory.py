"""Keeps messages instead of sending them: the outbox of tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import overload

from novu_core.delivery.base import Delivery, Message
from novu_core.types import Channel


class Outbox:
    """Every message given to it, in order: a sequence (``len``, iteration, index), and a list for each channel.

    An empty outbox is falsy, as an empty list is.
    """

    name = "outbox"
    timeout = None
    needs_address = False

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def __repr__(self) -> str:
        return f"<Outbox: {len(self.messages)} messages>"

    def send(self, message: Message) -> Delivery:
        """Keep the message."""
        self.messages.append(message)
        return Delivery(self.name)

    def clear(self) -> None:
        """Forget every message."""
        self.messages.clear()

    def to(self, subscriber_id: str) -> list[Message]:
        """Return one subscriber's messages."""
        return [message for message in self.messages if message.subscriber_id == subscriber_id]

    @property
    def in_app(self) -> list[Message]:
        """The in-app messages."""
        return self._of(Channel.IN_APP)

    @property
    def email(self) -> list[Message]:
        """The e-mails."""
        return self._of(Channel.EMAIL)

    @property
    def sms(self) -> list[Message]:
        """The text messages."""
        return self._of(Channel.SMS)

    @property
    def push(self) -> list[Message]:
        """The push notifications."""
        return self._of(Channel.PUSH)

    @property
    def chat(self) -> list[Message]:
        """The chat messages."""
        return self._of(Channel.CHAT)

    @property
    def tool(self) -> list[Message]:
        """The tool messages."""
        return self._of(Channel.TOOL)

    def _of(self, channel: Channel) -> list[Message]:
        return [message for message in self.messages if message.channel is channel]

    def __len__(self) -> int:
        return len(self.messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages)

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | list[Message]:
        return self.messages[index]
