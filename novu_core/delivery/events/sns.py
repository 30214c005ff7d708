"""Amazon SNS, which carries SES's reports: signed with a key whose certificate only Amazon's own hosts serve."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from novu_core.delivery.events.base import Post, forged, garbage, parsed_object
from novu_core.delivery.events.keys import check_certified, needs_cryptography
from novu_core.delivery.transport import Transport
from novu_core.errors import ConfigurationError, DeliveryError, RemoteError
from novu_core.lines import logger_of

logger = logger_of(__name__)

Fetch = Callable[[str], bytes]
TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+")
_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_DIGESTS = {"1": "SHA1", "2": "SHA256"}
_CONFIRMED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMED,
    "UnsubscribeConfirmation": _CONFIRMED,
}
_MOST_CERTIFICATES = 8


class Topic:
    """One topic of SNS: anybody may have a topic, so only the one that is named is believed.

    ``fetch`` returns what is at one of Amazon's addresses, for a certificate and to confirm a subscription; it raises
    DeliveryError, OSError or HTTPException. Raises ConfigurationError for what is not a topic's ARN.
    """

    def __init__(self, arn: str, fetch: Fetch | None = None) -> None:
        if not TOPIC.fullmatch(arn):
            raise ConfigurationError(
                "events_key must be the ARN of the SNS topic, such as arn:aws:sns:REGION:ACCOUNT:NAME."
            )
        needs_cryptography()
        self._arn = arn
        self.fetch: Fetch = fetch or _fetch
        self._certificates: dict[str, bytes] = {}

    def verify(self, post: Post) -> None:
        """Raise AuthenticationError unless SNS signed this for the topic; RemoteError without its certificate."""
        found = parsed_object(post.body)
        if "Signature" not in found:
            raise forged("it has no signature; turn raw message delivery off")
        fields = _SIGNED.get(_text(found, "Type"))
        digest = _DIGESTS.get(_text(found, "SignatureVersion"))
        if fields is None or digest is None:
            raise forged("its type or the version of its signature is unknown")
        if _text(found, "TopicArn") != self._arn:
            raise forged("it is from another topic")
        address = _text(found, "SigningCertURL")
        if not is_amazons(address):
            raise forged("SigningCertURL is not an address of SNS")
        signed = "".join(f"{name}\n{_text(found, name)}\n" for name in fields if name in found)
        try:
            signature = base64.b64decode(_text(found, "Signature"), validate=True)
        except ValueError:
            signature = b""
        if not check_certified(self._certificate(address), signature, signed.encode("utf-8", "replace"), digest):
            raise forged("the signature does not match")

    def message(self, post: Post) -> str | None:
        """Return what a verified post carries; a subscription is confirmed, and None returned for it.

        Raises RemoteError where Amazon does not answer.
        """
        found = parsed_object(post.body)
        kind = _text(found, "Type")
        if kind == "Notification":
            return _text(found, "Message")
        if kind == "SubscriptionConfirmation":
            address = _text(found, "SubscribeURL")
            if not is_amazons(address):
                raise garbage("SubscribeURL is not an address of SNS")
            self._asked(address)
            logger.info("The subscription to %s was confirmed.", self._arn)
        else:
            logger.warning("SNS reports that the subscription to %s has ended.", self._arn)
        return None

    def _certificate(self, address: str) -> bytes:
        found = self._certificates.get(address)
        if found is None:
            found = self._asked(address)
            for old in list(self._certificates)[: -_MOST_CERTIFICATES + 1]:
                self._certificates.pop(old, None)
            self._certificates[address] = found
        return found

    def _asked(self, address: str) -> bytes:
        from http.client import HTTPException  # only who is sent reports waits for it

        try:
            return self.fetch(address)
        except (OSError, HTTPException, DeliveryError) as error:
            raise RemoteError(f"Amazon SNS did not answer: {error}") from error


def is_amazons(address: str) -> bool:
    """Whether an address is one of SNS's own, over TLS, without anything that could lead elsewhere."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and _HOST.fullmatch(parts.netloc) is not None
        and port is None
        and address.isascii()
        and address.isprintable()
    )


def _fetch(address: str) -> bytes:
    transport = Transport(deny_private=True)
    try:
        answer = transport.get(address)
    finally:
        transport.close()
    if answer.status != 200:
        raise DeliveryError(f"{urlsplit(address).netloc} answered {answer.status}")
    return answer.body


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""
