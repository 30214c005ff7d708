"""Prints messages instead of sending them: the provider while developing."""

from __future__ import annotations

import json
import sys
from typing import TextIO

from novu_core.delivery.attachments import described
from novu_core.delivery.base import Delivery, Message
from novu_core.lines import harmless, one_line
from novu_core.threads import OwnLock
from novu_core.types import Channel, JsonObject


class Console:
    """Prints a block for each message, in one write to ``stream`` (default: ``sys.stderr``, looked up at each call)."""

    name = "console"
    timeout = None
    needs_address = False

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = OwnLock()

    def __repr__(self) -> str:
        return "Console()"

    def send(self, message: Message) -> Delivery:
        """Print the message."""
        stream = self._stream or sys.stderr
        if stream is None:  # a process without a console, such as pythonw
            return Delivery(self.name)
        encoding = getattr(stream, "encoding", None) or "utf-8"
        block = _block(message).encode(encoding, "backslashreplace").decode(encoding)
        with self._lock:
            stream.write(block)
            stream.flush()
        return Delivery(self.name)


def _shown(message: Message) -> JsonObject:
    """The content, with files described and not printed."""
    try:
        return described(message.content) if message.channel is Channel.EMAIL else message.content
    except ValueError:  # no provider can send it, which is another's to say
        return message.content


def _block(message: Message) -> str:
    recipient = message.to or message.subscriber_id
    lines = [one_line(f"--- {message.channel} to {recipient} ({message.workflow_id} / {message.step_id}) ---")]
    for key, value in _shown(message).items():
        if key not in ("body", "text", "html"):
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            lines.append(one_line(f"{key}: {shown}"))
    text = message.text
    if text is not None:
        lines += ["", text]
    return harmless("\n".join(lines)) + "\n---\n"
