"""Headers of an e-mail that users give: which may be sent, and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]{0,75}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_OURS = frozenset(
    (
        "from",
        "to",
        "cc",
        "bcc",
        "sender",
        "reply-to",
        "return-path",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "auto-submitted",
        "received",
        "delivered-to",
        "apparently-to",
        "x-novu-idempotency-key",
        "dkim-signature",
        "arc-seal",
        "arc-message-signature",
        "arc-authentication-results",
        "authentication-results",
        "x-receiver",
        "x-sender",
        "errors-to",
    )
)
_UNSUBSCRIBING = ("list-unsubscribe", "list-unsubscribe-post")
_PREFIXES = ("content-", "resent-")
_LONGEST_WORD = 900
_LONGEST = 10_000


def checked_headers(given: object) -> dict[str, str]:
    """Return a mapping of names to texts as headers that can be sent.

    Raises ValueError that names the header: for a name that is none, that is given twice or that is written by others
    (``From``, ``Content-Type``, ...), and for a value that holds a line break or another control character.
    """
    if not given:
        return {}
    if not isinstance(given, Mapping):
        raise ValueError('headers must be an object, such as {"X-Team": "billing"}')
    made: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in given.items():
        shown = f"the header {str(name)[:80]!r}"
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"{shown} has an invalid name")
        lower = name.lower()
        if lower in _OURS or lower.startswith(_PREFIXES):
            raise ValueError(f"{shown} is set by the e-mail itself; use its fields for the addresses and the subject")
        if lower in seen:
            raise ValueError(f"{shown} is given twice")
        seen.add(lower)
        if value is not None:
            made[name] = _value(shown, value)
    return made


def unsubscribing(given: object, url: str | None) -> dict[str, str]:
    """Return the headers of RFC 8058 that let a mail reader unsubscribe by one click.

    ``given``: the user's headers: with one of these two among them, None too, none of ours is added. Nor is one for a
    ``url`` that is None, or that no line of a mail can hold.
    """
    named = {str(name).lower() for name in given} if isinstance(given, Mapping) else set()
    if url is None or len(url) > _LONGEST_WORD - 2 or not named.isdisjoint(_UNSUBSCRIBING):
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _value(shown: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{shown} must be text, not {type(value).__name__}")
    text = str(value).strip(" ")
    if _CONTROL.search(text):
        raise ValueError(f"{shown} contains a line break or another control character")
    if not text or len(text) > _LONGEST or any(len(word) > _LONGEST_WORD for word in text.split(" ")):
        raise ValueError(f"{shown} is empty, or too long for an e-mail")
    return text
