"""What opens a subscriber's inbox: the token of a session, and the hash that an app's server gives its pages.

Neither can be made of the other, nor of a bridge signature. A hash is HMAC(secret, id), and apps hand it to browsers
for ids that users may choose; so no token is signed with the secret, nor with an HMAC of anything under it, and no id
gets a hash that signs a request to the bridge.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import timedelta
from secrets import token_bytes

from novu_core.clock import Clock
from novu_core.errors import ConfigurationError, FieldError, InboxTokenInvalidError, ValidationError
from novu_core.records.ids import checked_ids
from novu_core.signing import TokenSigner

LIFETIME = timedelta(days=15)
"""A token is not renewed, so it has to outlive the page that it was made for."""
PROCESS_SECRET = token_bytes(32)
"""Stands for a secret where none is set and none is needed: tokens end with the process."""
_AUDIENCE = "widget_user"
_LABEL = b"novu inbox token\0"
_SIGNED_TO_THE_BRIDGE = re.compile(r"[0-9]+\.")


class InboxTokens:
    """Issues and reads tokens of 15 days. The first of ``secrets`` signs; all of them are accepted, for rotation."""

    def __init__(self, secrets: Sequence[str | bytes], clock: Clock) -> None:
        self._signer = TokenSigner(_LABEL, secrets)
        self._clock = clock

    def issue(self, subscriber_id: str) -> str:
        """Return a token that opens this subscriber's inbox, and nothing else.

        Raises ConfigurationError without a secret, and ValidationError for what is not an id.
        """
        checked_ids(subscriber_id=subscriber_id)
        if not self._signer:
            raise ConfigurationError("Set NOVU_SECRET_KEY: inbox tokens are signed with it.")
        ends = self._clock.now() + LIFETIME
        claims = {"subscriberId": subscriber_id, "aud": _AUDIENCE, "exp": int(ends.timestamp())}
        return self._signer.sign(claims)

    def subscriber_of(self, token: str) -> str:
        """Return whose inbox a token opens. Raises InboxTokenInvalidError."""
        claims = self._signer.read(token)
        if claims is None or claims["aud"] != _AUDIENCE or claims["exp"] <= self._clock.now().timestamp():
            raise InboxTokenInvalidError
        subscriber_id: str = claims["subscriberId"]
        return subscriber_id


def hash_of(subscriber_id: str, secret: str) -> str:
    """Return the subscriber hash that Novu's clients send: HMAC-SHA256 of the id under the secret, in hexadecimal.

    Raises ValidationError for what is not an id, and for digits that a dot follows: such a hash would be a bridge
    signature over the rest of the id.
    """
    checked_ids(subscriber_id=subscriber_id)
    if _SIGNED_TO_THE_BRIDGE.match(subscriber_id):
        told = "begins with digits and a dot, so its hash could be used to sign a request to the bridge"
        raise ValidationError("The call is invalid.", [FieldError("/subscriber_id", told)])
    return hmac.digest(secret.encode(), subscriber_id.encode(), "sha256").hex()


def is_hash(given: str, subscriber_id: str, secrets: Sequence[str]) -> bool:
    """Whether it is the hash of an id under one of the secrets, each compared in constant time."""
    if _SIGNED_TO_THE_BRIDGE.match(subscriber_id):
        return False
    sent = given.encode("utf-8", "backslashreplace")
    matches = [hmac.compare_digest(hash_of(subscriber_id, secret).encode(), sent) for secret in secrets]
    return any(matches)
