"""E-mails as they are posted, of previews and of what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

from novu_core.delivery import Message, Router
from novu_core.delivery.addresses import Address, parse_address
from novu_core.types import Channel, JsonObject

_SENDER = "sender@example.org"


def letter(router: Router, message: Message) -> EmailMessage:
    """Return an e-mail as it would be posted. Raises DeliveryError for one that cannot be.

    Files that the history only describes are left out.
    """
    from novu_core.delivery.mime import compose  # with HTML's tables

    content: JsonObject = dict(message.content)
    files = content.get("attachments")
    if isinstance(files, list):
        content["attachments"] = [file for file in files if isinstance(file, Mapping) and file.get("content")]
    return compose(replace(message, content=content), _sender(router.providers(Channel.EMAIL))).email


def mail_of(email: EmailMessage) -> JsonObject:
    """Return an e-mail as ``{text, headers, source}``."""
    body: Any = email.get_body(("plain",))
    return {
        "text": body.get_content(),
        "headers": [[name, str(value)] for name, value in email.items()],
        "source": email.as_bytes().decode("utf-8", "replace"),
    }


def _sender(providers: Sequence[object]) -> Address:
    """Who e-mails come from where they name nobody: as the first provider says that has one."""
    found = (sender for provider in providers if isinstance(sender := getattr(provider, "sender", None), Address))
    return next(found, None) or parse_address(_SENDER)
