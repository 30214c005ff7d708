"""The key that a server sends: ``Authorization: ApiKey <one of NOVU_SECRET_KEY>``."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from novu_core.http.messages import Request


def credentials(request: Request) -> tuple[str, str]:
    """Return the scheme of ``Authorization`` as it was written, and what follows it; both empty without the header."""
    scheme, _, given = request.headers.get("authorization", "").strip().partition(" ")
    return scheme, given.strip()


def is_key(given: str, keys: Sequence[str]) -> bool:
    """Whether it is one of the keys, each compared in constant time."""
    matches = [hmac.compare_digest(sent, key.encode()) for key in keys for sent in _as_sent(given)]
    return any(matches)


def _as_sent(given: str) -> list[bytes]:
    """Return the bytes that a client may have meant: servers read a header as Latin-1, and some clients send UTF-8."""
    return [given.encode("utf-8", "backslashreplace"), given.encode("latin-1", "backslashreplace")]
