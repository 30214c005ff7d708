"""Signed tokens: claims that whoever holds a token can read, and nobody without the secret can make."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from itsdangerous import Signer
from itsdangerous.encoding import base64_decode, base64_encode

from novu_core.codec import dumps, loads


class TokenSigner:
    """Signs and reads tokens of one use. The first of ``secrets`` signs; all of them are accepted, for rotation.

    ``label``: what the use is called. It makes keys of the secrets that no other use has, nor any HMAC of a secret.
    """

    def __init__(self, label: bytes, secrets: Sequence[str | bytes]) -> None:
        keys = [sha256(label + (it if isinstance(it, bytes) else it.encode())).digest() for it in secrets]
        self._signers = [Signer(key, key_derivation="none", digest_method=sha256) for key in keys]

    def __bool__(self) -> bool:
        """Whether there is a secret to sign with."""
        return bool(self._signers)

    def sign(self, claims: Any) -> str:
        """Return the token of claims, which are JSON."""
        return self._signers[0].sign(base64_encode(dumps(claims))).decode()

    def read(self, token: str) -> Any:
        """Return the claims of a token, None for one that was not signed here."""
        value, _, signature = token.encode("utf-8", "backslashreplace").rpartition(b".")
        # As texts, for several of them decode to the same signature.
        matches = [hmac.compare_digest(signer.get_signature(value), signature) for signer in self._signers]
        return loads(base64_decode(value).decode()) if any(matches) else None
