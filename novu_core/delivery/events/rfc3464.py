"""Reports as mail has them: delivery status notifications (RFC 3464) and complaints (RFC 5965)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

from novu_core.delivery.events.base import (
    Event,
    Kind,
    Post,
    Report,
    digest_of,
    garbage,
    message_ids_of,
    text_of,
    texts_of,
    time_of,
)
from novu_core.delivery.failure import is_hard_bounce
from novu_core.delivery.webhook_signature import WebhookVerifier

_MOST_PARTS = 20
"""How many parts with parts of their own a report may have; the parser looks at each line once for each of them."""
_READ = 131_072
"""Bytes that are read: behind what a report says comes the mail that it is about, of which the headers do."""
_KEY = "X-Novu-Idempotency-Key"
_REPLY = re.compile(r"\b5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b")
"""A server's reply as a report quotes it, with a status that may be more exact than the report's own."""


class PlainReports:
    """Reports as mails, posted whole and signed as Standard Webhooks says. ``key``: ``whsec_...``.

    Raises ConfigurationError.
    """

    name = "rfc3464"

    def __init__(self, key: str) -> None:
        self._verifier = WebhookVerifier([key])

    def verify(self, post: Post) -> None:
        """Raise AuthenticationError unless the body was signed within five minutes."""
        self._verifier.verify(post.headers, post.now, post.body)

    def read(self, post: Post) -> Report:
        """Return what the report says of each recipient. Raises RequestInvalidError."""
        if post.body.lower().count(b"boundary") > _MOST_PARTS:
            raise garbage("it has too many parts")
        try:
            return Report(tuple(_events(message_from_bytes(post.body[:_READ]), post)))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):  # the parser's, of odd mails
            raise garbage("it is not an e-mail message") from None


def _events(mail: Message[str, str], post: Post) -> Iterator[Event]:
    parts = list(mail.walk())
    kinds = {part.get_content_type(): part for part in reversed(parts)}
    status, feedback = kinds.get("message/delivery-status"), kinds.get("message/feedback-report")
    if status is None and feedback is None:
        raise garbage("it has no part message/delivery-status or message/feedback-report")
    original = _original(kinds)
    about: dict[str, Any] = {
        "event_id": digest_of(_text(mail, "Message-ID") or post.body.hex()),
        "at": _time(mail, post),
        "message_ids": message_ids_of(_text(original, "Message-ID")),
        "idempotency_key": _text(original, _KEY) or None,
    }
    for fields in _blocks(status)[1:]:
        kind = _kind(fields)
        if kind is not None:
            reason = _text(fields, "Diagnostic-Code") or _text(fields, "Status") or "failed"
            addresses = _addresses(fields, "Original-Recipient", "Final-Recipient")
            yield Event(kind=kind, reason=reason, addresses=addresses, **about)
    for fields in _blocks(feedback):
        told = _text(fields, "Feedback-Type").lower()
        if told not in ("", "not-spam"):
            addresses = _addresses(fields, "Original-Rcpt-To", "Removal-Recipient")
            yield Event(kind="complaint", reason=told, addresses=addresses, **about)


def _blocks(part: Message[str, str] | None) -> list[Message[str, str]]:
    """The groups of fields in a part: the parser makes a message of each."""
    found: Any = None if part is None else part.get_payload()
    return [block for block in found if isinstance(block, Message)] if isinstance(found, list) else []


def _kind(fields: Message[str, str]) -> Kind | None:
    if _text(fields, "Action").lower() != "failed":
        return None
    quoted = _REPLY.search(_text(fields, "Diagnostic-Code"))
    statuses = [_text(fields, "Status"), quoted[1] if quoted else ""]
    return "hard_bounce" if any(map(is_hard_bounce, statuses)) else "soft_bounce"


def _original(kinds: dict[str, Message[str, str]]) -> Message[str, str]:
    """The headers of the mail that the report is about."""
    whole = _blocks(kinds.get("message/rfc822"))
    if whole:
        return whole[0]
    headers: Any = kinds["text/rfc822-headers"].get_payload(decode=True) if "text/rfc822-headers" in kinds else b""
    return message_from_string(headers.decode("utf-8", "replace"))


def _addresses(fields: Message[str, str], *names: str) -> tuple[str, ...]:
    """The addresses of fields like ``rfc822; ada@example.org``."""
    return texts_of(*(_text(fields, name).rpartition(";")[2].strip().strip("<>") for name in names))


def _time(mail: Message[str, str], post: Post) -> Any:
    try:
        return time_of(parsedate_to_datetime(_text(mail, "Date")).isoformat(), post.now)
    except (TypeError, ValueError, OverflowError):
        return post.now


def _text(fields: Message[str, str], name: str) -> str:
    return text_of(str(fields.get(name, "")))
