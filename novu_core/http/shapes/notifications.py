"""An in-app message as Novu's inbox shows it, made of what the step gave and of its workflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from novu_core.definition.workflow import Workflow
from novu_core.http.shapes.answers import given, time_text
from novu_core.http.shapes.contents import body_of, text_of
from novu_core.http.shapes.filters import SEVERITIES
from novu_core.http.shapes.people import person_of
from novu_core.http.shapes.workflows import workflow_shown
from novu_core.managers.inbox import Inbox
from novu_core.records import MessageRecord, StoredSubscriber
from novu_core.types import JsonObject, Severity

_TARGETS = ("_self", "_blank", "_parent", "_top", "_unfencedTop")


@dataclass(frozen=True)
class Reader:
    """One subscriber's inbox, and what is needed to show its messages."""

    inbox: Inbox
    subscriber: StoredSubscriber
    workflows: Mapping[str, Workflow]

    def shown(self, message: MessageRecord) -> JsonObject:
        """Return a message."""
        content, workflow = message.content, self.workflows.get(message.workflow_id)
        return {
            "id": message.message_id,
            "transactionId": message.transaction_id,
            **given(subject=text_of(content, "subject"), avatar=text_of(content, "avatar")),
            "body": body_of(content),
            "to": self._recipient(),
            "isRead": message.read,
            "isSeen": message.seen,
            "isArchived": message.archived,
            "isSnoozed": message.snoozed,
            "createdAt": time_text(message.sorted_at),
            "deliveredAt": [time_text(when) for when in message.deliveries],
            **given(
                readAt=message.read_at and time_text(message.read_at),
                firstSeenAt=message.first_seen_at and time_text(message.first_seen_at),
                archivedAt=message.archived_at and time_text(message.archived_at),
                snoozedUntil=message.snoozed_until and time_text(message.snoozed_until),
                redirect=_redirect(content.get("redirect")),
                primaryAction=_action(message, "primary"),
                secondaryAction=_action(message, "secondary"),
                data=content.get("data") if isinstance(content.get("data"), dict) else None,
            ),
            "channelType": "in_app",
            "tags": message.tags,
            "severity": message.severity if message.severity in SEVERITIES else Severity.NONE.value,
            **({"workflow": workflow_shown(workflow)} if workflow else {}),
        }

    def _recipient(self) -> JsonObject:
        person = person_of(self.subscriber, self.subscriber.id)
        names = ("firstName", "lastName", "avatar")
        shown = {name: person[name] for name in names if name in person}
        return {"id": self.subscriber.id, "subscriberId": self.subscriber.subscriber_id, **shown}


def _redirect(value: Any) -> JsonObject | None:
    url = value.get("url") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(url, str):
        return None
    target = value.get("target")
    return {"url": url, **given(target=target if target in _TARGETS else None)}


def _action(message: MessageRecord, name: str) -> JsonObject | None:
    value = message.content.get(f"{name}Action")
    label = value.get("label") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(label, str):
        return None
    completed = bool(message.actions.get(name))
    return {"label": label, "isCompleted": completed, **given(redirect=_redirect(value.get("redirect")))}
