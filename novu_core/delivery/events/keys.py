"""Public keys and certificates, which need cryptography (extra ``bounces``)."""

from __future__ import annotations

import base64
from importlib import import_module
from typing import Any

from novu_core.errors import ConfigurationError


def ecdsa_key(text: str) -> Any:
    """Return a public key of the base64 of its DER form. Raises ConfigurationError for what is none."""
    serialization = _module("hazmat.primitives.serialization")
    try:
        key = serialization.load_der_public_key(base64.b64decode(text, validate=True))
    except Exception:  # what the library finds wrong is of many kinds
        key = None
    if not isinstance(key, _module("hazmat.primitives.asymmetric.ec").EllipticCurvePublicKey):
        raise ConfigurationError("events_key must be the verification key that SendGrid shows.")
    return key


def check_ecdsa(key: Any, signature: bytes, signed: bytes) -> bool:
    """Whether ``signature`` (DER) is of ``signed``, with SHA-256."""
    ec = _module("hazmat.primitives.asymmetric.ec")
    return _fits(key, signature, signed, ec.ECDSA(_module("hazmat.primitives.hashes").SHA256()))


def check_certified(pem: bytes, signature: bytes, signed: bytes, digest: str) -> bool:
    """Whether ``signature`` is of ``signed`` with the RSA key of a certificate. ``digest``: ``SHA1`` or ``SHA256``."""
    try:
        key = _module("x509").load_pem_x509_certificate(pem).public_key()
    except ValueError:
        return False
    if not isinstance(key, _module("hazmat.primitives.asymmetric.rsa").RSAPublicKey):
        return False
    hashed = getattr(_module("hazmat.primitives.hashes"), digest)()
    return _fits(key, signature, signed, _module("hazmat.primitives.asymmetric.padding").PKCS1v15(), hashed)


def needs_cryptography() -> None:
    """Raise ConfigurationError where cryptography is not installed."""
    _module("x509")


def _fits(key: Any, signature: bytes, signed: bytes, *how: Any) -> bool:
    try:
        key.verify(signature, signed, *how)
    except _module("exceptions").InvalidSignature:
        return False
    return True


def _module(name: str) -> Any:
    try:
        return import_module(f"cryptography.{name}")
    except ImportError:
        raise ConfigurationError("it needs cryptography: pip install 'flask-novu[bounces]'.") from None
