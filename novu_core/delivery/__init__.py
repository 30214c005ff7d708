"""How a channel message leaves the process: providers, which of them a channel has, and what their errors mean."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from novu_core.delivery.addresses import address_of
from novu_core.delivery.attachments import Attachment
from novu_core.delivery.attempt import attempt
from novu_core.delivery.base import (
    Delivery,
    Message,
    Provider,
    SubscriberLike,
    needs_address,
    provider_name,
    receipt,
)
from novu_core.delivery.console import Console
from novu_core.delivery.failure import GiveUp, NextProvider, RetryLater, classify, next_attempt
from novu_core.delivery.memory import Outbox
from novu_core.delivery.router import Router
from novu_core.delivery.urls import provider_from_url, redact

if TYPE_CHECKING:
    from novu_core.delivery.letter import Letter, letter_of
    from novu_core.delivery.smtp import SMTP
    from novu_core.delivery.webhook import Webhook

__all__ = [
    "SMTP",
    "Attachment",
    "Console",
    "Delivery",
    "GiveUp",
    "Letter",
    "Message",
    "NextProvider",
    "Outbox",
    "Provider",
    "RetryLater",
    "Router",
    "SubscriberLike",
    "Webhook",
    "address_of",
    "attempt",
    "classify",
    "letter_of",
    "needs_address",
    "next_attempt",
    "provider_from_url",
    "provider_name",
    "receipt",
    "redact",
]


_LATE = {
    "SMTP": "novu_core.delivery.smtp",
    "Webhook": "novu_core.delivery.webhook",
    "Letter": "novu_core.delivery.letter",
    "letter_of": "novu_core.delivery.letter",
}
"""What needs smtplib, urllib.request or HTML's tables, which are imported at its first use."""


def __getattr__(name: str) -> Any:
    """Import what stands in ``_LATE``."""
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
