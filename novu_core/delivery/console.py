"""Prints messages instead of sending them: the provider while developing."""

from __future__ import annotations

import json
import re
import sys
from typing import TextIO

from novu_core.delivery.base import Delivery, Message
from novu_core.threads import OwnLock

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Console:
    """Prints one readable block a message, in one write, to ``stream`` (default: ``sys.stderr`` as it is by then)."""

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


def _block(message: Message) -> str:
    recipient = message.to or message.subscriber_id
    lines = [f"--- {message.channel} to {recipient} ({message.workflow_id} / {message.step_id}) ---"]
    for key, value in message.content.items():
        if key not in ("body", "text", "html"):
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            lines.append(f"{key}: {shown}")
    text = message.text
    if text is not None:
        lines += ["", text]
    # Content comes from strangers, and a terminal obeys escape sequences.
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], "\n".join(lines).replace("\r\n", "\n")) + "\n---\n"
