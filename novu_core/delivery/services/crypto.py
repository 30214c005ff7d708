"""What push services need of cryptography, which comes with the extra ``push``: signed tokens, encrypted messages."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
from importlib import import_module
from typing import Any

from novu_core.errors import ConfigurationError
from novu_core.types import JsonObject

_MODULES = "cryptography.hazmat.primitives"
_RECORD = 4096
"""Bytes of an encrypted message, which every push service takes (RFC 8291, section 4)."""
LONGEST = _RECORD - 86 - 17
"""Bytes that a message may have before it is encrypted: without the header, the padding's mark and the tag."""

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points P-256 has (NIST SP 800-186): a private key is a smaller number."""


def b64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64url(text: str) -> bytes:
    """Read base64url, with or without padding. Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def rsa_key(pem: str) -> Any:
    """Return a private RSA key. Raises ConfigurationError for what is none."""
    try:
        key = _module("serialization").load_pem_private_key(pem.encode(), None)
        key.sign(b"", _module("asymmetric.padding").PKCS1v15(), _module("hashes").SHA256())
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError("its private_key is not an RSA key in PEM format.") from None
    return key


def ec_key(raw: bytes) -> Any:
    """Return a private key on the curve P-256 of its 32 bytes. Raises ConfigurationError for what is none."""
    ec = _module("asymmetric.ec")
    number = int.from_bytes(raw, "big")
    try:
        if len(raw) != 32 or not 0 < number < _ORDER:  # cryptography 43 takes a number beyond it
            raise ValueError
        return ec.derive_private_key(number, ec.SECP256R1())
    except ValueError:
        raise ConfigurationError("the private key must be the base64url of 32 bytes, a key on P-256.") from None


def public_bytes(key: Any) -> bytes:
    """Return the public half of a P-256 key, uncompressed."""
    serialization = _module("serialization")
    found: bytes = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return found


def jwt(claims: JsonObject, key: Any) -> str:
    """Return a JSON Web Token, signed with an RSA key (RS256) or one on P-256 (ES256)."""
    is_rsa = hasattr(key, "private_numbers") and hasattr(key.private_numbers(), "p")
    head = {"typ": "JWT", "alg": "RS256" if is_rsa else "ES256"}
    text = ".".join(b64url(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    sha256 = _module("hashes").SHA256()
    if is_rsa:
        signature = key.sign(text.encode(), _module("asymmetric.padding").PKCS1v15(), sha256)
    else:
        der = key.sign(text.encode(), _module("asymmetric.ec").ECDSA(sha256))
        numbers = _module("asymmetric.utils").decode_dss_signature(der)
        signature = b"".join(number.to_bytes(32, "big") for number in numbers)
    return f"{text}.{b64url(signature)}"


def encrypted(
    message: bytes, receiver: bytes, secret: bytes, *, sender: Any = None, salt: bytes | None = None
) -> bytes:
    """Return a message for a browser (RFC 8291), whose ``receiver`` key and ``secret`` its subscription has.

    ``sender`` and ``salt`` are new ones unless given, for tests. Raises ValueError for keys that are none.
    """
    ec = _module("asymmetric.ec")
    own = sender or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    if len(secret) != 16:
        raise ValueError("the secret `auth` is not 16 bytes long")
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver)
    mine = public_bytes(own)
    shared = hmac.digest(secret, own.exchange(ec.ECDH(), theirs), "sha256")
    seed = hmac.digest(salt, _expanded(shared, b"WebPush: info\0" + receiver + mine, 32), "sha256")
    cipher = _module("ciphers.aead").AESGCM(_expanded(seed, b"Content-Encoding: aes128gcm\0", 16))
    sealed: bytes = cipher.encrypt(_expanded(seed, b"Content-Encoding: nonce\0", 12), message + b"\2", None)
    return salt + _RECORD.to_bytes(4, "big") + bytes([len(mine)]) + mine + sealed


def _expanded(key: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand for one block (RFC 5869)."""
    return hmac.digest(key, info + b"\1", "sha256")[:length]


def _module(name: str) -> Any:
    try:
        return import_module(f"{_MODULES}.{name}")
    except ImportError:
        raise ConfigurationError("it needs cryptography: pip install 'flask-novu[push]'.") from None
