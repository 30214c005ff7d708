"""What stands for a device: a service account, a subscription, and how their messages are read."""

from __future__ import annotations

import base64
import json

import pytest

from novu_core.errors import DeliveryError

cryptography = pytest.importorskip("cryptography")

from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402
from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: E402

from novu_core.delivery.services import crypto  # noqa: E402

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


PEM = RSA.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


TOKEN = {"access_token": "S3CRET-access", "expires_in": 3600, "token_type": "Bearer"}


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims_of(token, verify):
    """The claims of a JSON Web Token whose signature is right."""
    head, body, signature = token.split(".")
    verify(json.loads(unb64(head))["alg"], unb64(signature), f"{head}.{body}".encode())
    return json.loads(unb64(body))


def failure(provider, message):
    with pytest.raises(DeliveryError) as failed:
        provider.send(message)
    assert "S3CRET" not in f"{failed.value} {failed.value.__cause__!r}"
    return failed.value


class Browser:
    """A subscription, and what can read its messages (RFC 8291, with another implementation of its steps)."""

    def __init__(self, endpoint="https://push.example/send/1"):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = bytes(range(16))
        self.public = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": crypto.b64url(self.public), "auth": crypto.b64url(self._secret)}
        self.token = json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys})

    def read(self, body):
        salt, size, sender, sealed = body[:16], body[20], body[21:86], body[86:]
        assert (int.from_bytes(body[16:20], "big"), size) == (4096, 65)
        shared = self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))

        def derived(secret, salt, info, length):
            return HKDF(hashes.SHA256(), length, salt, info).derive(secret)

        seed = derived(shared, self._secret, b"WebPush: info\0" + self.public + sender, 32)
        key = derived(seed, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derived(seed, salt, b"Content-Encoding: nonce\0", 12)
        text = AESGCM(key).decrypt(nonce, sealed, None)
        assert text[-1:] == b"\2"
        return json.loads(text[:-1])
