"""What is told: a message as Novu's socket sends it, which is not how the list shows it, and the counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from novu_core.records import MessageRecord
from novu_core.types import JsonObject

_MOST = 100
"""Novu counts to here, and says that there are more."""


@dataclass(frozen=True)
class Glance:
    """An inbox at one moment. ``unread``: how many messages by severity, not the snoozed ones; ``unseen`` likewise.

    ``recent``: the messages that came lately and are not snoozed; ``subscriber``: what M says of whose inbox it is;
    ``workflows``: what M says of each workflow, by its id.
    """

    unread: Mapping[str, int]
    unseen: int
    recent: Sequence[MessageRecord]
    subscriber: JsonObject
    workflows: Mapping[str, JsonObject]


def unread_changed(glance: Glance) -> tuple[str, JsonObject]:
    """Return the event with the unread counts; clients read ``counts``, and break without it."""
    total = sum(glance.unread.values())
    counts = {"total": total, "severity": dict(glance.unread)}
    return "unread_count_changed", {"unreadCount": total, "counts": counts, "hasMore": total > _MOST}


def unseen_changed(glance: Glance) -> tuple[str, JsonObject]:
    """Return the event with the number of messages that nobody has looked at."""
    return "unseen_count_changed", {"unseenCount": glance.unseen, "hasMore": glance.unseen > _MOST}


def received(message: MessageRecord, glance: Glance) -> tuple[str, JsonObject]:
    """Return the event of a message that came, or came back from its snooze."""
    content = message.content
    shape: JsonObject = {
        "_id": message.message_id,
        "transactionId": message.transaction_id,
        "content": _body(content),
        "channel": "in_app",
        "seen": message.seen,
        "read": message.read,
        "archived": message.archived,
        "createdAt": time_text(message.sorted_at),
        "deliveredAt": [time_text(when) for when in message.deliveries],
        "tags": message.tags,
        "severity": message.severity,
        "subscriber": glance.subscriber,
        "cta": _cta(message),
    }
    optional: JsonObject = {
        "subject": _text(content.get("subject")),
        "avatar": _text(content.get("avatar")),
        "data": content.get("data") if isinstance(content.get("data"), Mapping) else None,
        "workflow": glance.workflows.get(message.workflow_id),
        "firstSeenDate": time_text(message.first_seen_at),
        "lastReadDate": time_text(message.read_at),
        "archivedAt": time_text(message.archived_at),
    }
    shape |= {name: value for name, value in optional.items() if value is not None}
    return "notification_received", {"message": shape}


def time_text(when: datetime | None) -> str | None:
    """Return a time as the list of notifications shows it."""
    if when is None:
        return None
    utc = when.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def _cta(message: MessageRecord) -> JsonObject:
    content, done = message.content, message.actions
    buttons = [_button(kind, content.get(f"{kind}Action")) for kind in ("primary", "secondary")]
    completed = next((kind for kind in ("primary", "secondary") if done.get(kind)), None)
    action: JsonObject = {"buttons": [button for button in buttons if button]}
    action["result"] = {"type": completed} if completed else {}
    if completed:
        action["status"] = "done"
    return {"data": _redirect(content.get("redirect")), "action": action}


def _button(kind: str, action: Any) -> JsonObject | None:
    if not isinstance(action, Mapping) or not isinstance(action.get("label"), str):
        return None
    return {"type": kind, "content": action["label"], **_redirect(action.get("redirect"))}


def _redirect(redirect: Any) -> JsonObject:
    if not isinstance(redirect, Mapping):
        return {}
    return {name: redirect[name] for name in ("url", "target") if isinstance(redirect.get(name), str)}


def _body(content: Mapping[str, Any]) -> str:
    """Return the body as text, whichever of its forms the step gave."""
    texts = (content.get(name) for name in ("body", "html", "text", "content"))
    return next((text for text in texts if isinstance(text, str)), "")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
