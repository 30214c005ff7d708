"""Changes of one message that a body says more of: until when it is snoozed, and which of its buttons was pressed."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Literal

from novu_core.clock import iso_time
from novu_core.errors import SnoozeInvalidError, SnoozeTooLongError, ValidationError
from novu_core.http.shapes.bodies import Shape
from novu_core.http.shapes.errors import Refusal, invalid
from novu_core.managers.inbox import Inbox
from novu_core.managers.marks import SHORTEST_SNOOZE
from novu_core.records import MessageRecord


class Snooze(Shape):
    """Until when a message is put away."""

    snooze_until: str


class Action(Shape):
    """Which button was pressed."""

    action_type: Literal["primary", "secondary"]


def snoozed(inbox: Inbox, message_id: str, until: str) -> MessageRecord:
    """Put a message away until a time in ISO 8601, in UTC where it names no zone. Raises Refusal."""
    moment = _time(until)
    try:
        return inbox.snooze(message_id, moment)
    except SnoozeTooLongError as error:
        reason = "; ".join(message for _, message in error.errors)
        raise Refusal(402, "Snooze Duration Limit Exceeded", {"reason": f"The time {reason}"}) from None
    except SnoozeInvalidError:
        least = SHORTEST_SNOOZE.seconds
        raise invalid("snoozeUntil", f"Snooze time must be at least {least} seconds in the future") from None


def unsnoozed(inbox: Inbox, message_id: str) -> MessageRecord:
    """End a message's snooze. Raises Refusal, 404, where it has none."""
    if not inbox.get(message_id).snoozed:
        raise Refusal(404, f"Notification with id: {message_id} is not snoozed.")
    return inbox.unsnooze(message_id)


def acted(inbox: Inbox, message_id: str, action: str, *, done: bool) -> MessageRecord:
    """Mark an action as done, or as not done. Raises Refusal where the message has no such action."""
    try:
        return inbox.complete(message_id, action) if done else inbox.revert(message_id, action)
    except ValidationError:
        told = f"Could not perform action on the {action} button because it does not exist."
        raise Refusal(400, told) from None


def _time(text: str) -> datetime:
    try:
        found = iso_time(text)
        return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise invalid("snoozeUntil", "snoozeUntil must be a time such as 2026-01-05T12:00:00.000Z", text) from None
