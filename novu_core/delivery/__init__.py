"""How a channel message leaves the process: providers, which of them a channel has, and what their errors mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from novu_core.delivery.addresses import address_of
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
    from novu_core.delivery.smtp import SMTP
    from novu_core.delivery.webhook import Webhook

__all__ = [
    "SMTP",
    "Console",
    "Delivery",
    "GiveUp",
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
    "needs_address",
    "next_attempt",
    "provider_from_url",
    "provider_name",
    "receipt",
    "redact",
]


def __getattr__(name: str) -> Any:
    """Import what needs smtplib and urllib.request at its first use."""
    if name == "SMTP":
        from novu_core.delivery.smtp import SMTP

        return SMTP
    if name == "Webhook":
        from novu_core.delivery.webhook import Webhook

        return Webhook
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
