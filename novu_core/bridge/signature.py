"""Signing and verifying bridge requests: HMAC-SHA256 over a timestamp and the body (PROTOCOL section 2)."""

from __future__ import annotations

import hmac
import math
from collections.abc import Sequence

from novu_core.bridge.errors import (
    SignatureExpiredError,
    SignatureInvalidError,
    SignatureMismatchError,
    SignatureNotFoundError,
    SigningKeyNotFoundError,
)
from novu_core.javascript.numbers import js_number, read_number
from novu_core.javascript.text import JS_SPACE

TOLERANCE_MS = 300_000
"""How far a signature's timestamp may lie from now, in either direction, in milliseconds."""


def sign(secret: str, timestamp_ms: float, payload: str | bytes) -> str:
    """Return the value of the ``novu-signature`` header, ``t=...,v1=...``, for a payload sent at ``timestamp_ms``.

    ``payload`` is what :func:`novu_core.javascript.canonical.encode` makes of the body, ``{}`` without a body.
    """
    return f"t={js_number(timestamp_ms)},v1={_digest(secret, timestamp_ms, payload)}"


def verify(header: str | None, payload: str | bytes, keys: Sequence[str], now_ms: float) -> None:
    """Check a request's ``novu-signature`` header; return nothing if one of the ``keys`` made it.

    ``payload`` is the body in JavaScript's canonical form, as for :func:`sign`: the peer signs ``JSON.stringify`` of
    what it parsed, not the bytes it got. Several keys are for rotation. Raises SigningKeyNotFoundError without a key
    (the peer cannot get there: it does not start), then SignatureNotFoundError, SignatureInvalidError,
    SignatureExpiredError or SignatureMismatchError.
    """
    secrets = [key for key in keys if key]
    if not secrets:
        raise SigningKeyNotFoundError
    if not header:
        raise SignatureNotFoundError
    fields = _fields(header)
    signature = fields.get("v1")
    timestamp = read_number(fields.get("t", "NaN"))
    if signature is None or not math.isfinite(timestamp):
        raise SignatureInvalidError
    if abs(timestamp - now_ms) > TOLERANCE_MS:
        raise SignatureExpiredError
    given = signature.encode("utf-8", "surrogatepass")
    if not any(hmac.compare_digest(_digest(key, timestamp, payload).encode(), given) for key in secrets):
        raise SignatureMismatchError


def _digest(secret: str, timestamp_ms: float, payload: str | bytes) -> str:
    body = payload.encode() if isinstance(payload, str) else payload
    return hmac.digest(secret.encode(), f"{js_number(timestamp_ms)}.".encode() + body, "sha256").hex()


def _fields(header: str) -> dict[str, str]:
    """Split ``k=v,k=v``: the first value of a key wins, parts without a key or a value are ignored."""
    fields: dict[str, str] = {}
    for part in header.split(","):
        name, _, value = part.strip(JS_SPACE).partition("=")
        if name and value:
            fields.setdefault(name, value)
    return fields
