"""Signs webhooks as https://www.standardwebhooks.com says, so that any of its libraries can verify them."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import unquote, urlsplit

from novu_core.errors import AuthenticationError, ConfigurationError

PREFIX = "whsec_"
_SIZES = range(24, 65)
"""Bytes of a secret, as the specification has them."""
_TOLERANCE = 300
"""Seconds between signing and verifying."""
_DIGITS = 12


class WebhookVerifier:
    """Verifies what was signed with any of ``secrets`` (``whsec_...``). Raises ConfigurationError for others."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._keys = [_key(secret) for secret in secrets]

    def verify(self, headers: Mapping[str, str], now: datetime, body: bytes) -> None:
        """Raise AuthenticationError unless the headers, asked for in lower case, sign the body and the present time."""
        told, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if abs(now.timestamp() - seconds_of(moment)) > _TOLERANCE:
            raise AuthenticationError("The webhook-timestamp is missing, or not within the last five minutes.")
        signed = f"{told}.{moment}.".encode("utf-8", "replace") + body
        valid = [_signature(key, signed).encode() for key in self._keys]
        given = [each.encode("utf-8", "replace") for each in headers.get("webhook-signature", "").split(" ")]
        matches = [hmac.compare_digest(one, other) for one in given for other in valid]
        if not any(matches):
            raise AuthenticationError(
                "The webhook-signature does not match the body, the webhook-id and the timestamp."
            )


def seconds_of(moment: str) -> int:
    """Return the seconds since 1970 of a signed timestamp, 0 for what is none."""
    return int(moment) if moment.isascii() and moment.isdigit() and len(moment) < _DIGITS else 0


class WebhookSigner:
    """Signs with each of ``secrets`` (``whsec_...``): several while a receiver moves from the old one to the new one.

    Raises ConfigurationError for what is not a secret.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._keys = [_key(secret) for secret in secrets]

    def headers(self, webhook_id: str, now: datetime, body: bytes) -> dict[str, str]:
        """Return the headers of a request; none without a secret. ``webhook_id`` is the same for every attempt."""
        if not self._keys:
            return {}
        told = webhook_id.replace(".", "%2E")  # dots part what is signed
        moment = str(int(now.timestamp()))
        signed = f"{told}.{moment}.".encode() + body
        signatures = " ".join(_signature(key, signed) for key in self._keys)
        return {"webhook-id": told, "webhook-timestamp": moment, "webhook-signature": signatures}


def without_secrets(url: str) -> tuple[str, list[str]]:
    """Return a URL without its options ``secret=whsec_...``, every other as it is, and these secrets in order."""
    query = urlsplit(url).query
    options = query.split("&")
    mine = [option for option in options if option.startswith(f"secret={PREFIX}")]
    if not mine:
        return url, []
    left = "&".join(option for option in options if option not in mine)
    before, _, after = url.partition(f"?{query}")
    return f"{before}{'?' if left else ''}{left}{after}", [unquote(option.partition("=")[2]) for option in mine]


def _signature(key: bytes, signed: bytes) -> str:
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


def _key(secret: str) -> bytes:
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in _SIZES:
        raise ConfigurationError(
            f"a webhook's secret must be {PREFIX} followed by the base64 of {_SIZES[0]} to {_SIZES[-1]} random bytes."
        )
    return key
