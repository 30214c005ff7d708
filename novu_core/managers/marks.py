"""What marks do to each other, in Novu's words and as arguments; how long a message may be snoozed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from typing_extensions import TypedDict

from novu_core.errors import FieldError, SnoozeInvalidError, SnoozeTooLongError
from novu_core.storage.folders import Marking

SHORTEST_SNOOZE = timedelta(seconds=60)
LONGEST_SNOOZE = timedelta(hours=2160)


class Marks(TypedDict, total=False):
    """What to do to the marks of a message: True sets one, False takes it away, an absent one stays."""

    seen: bool
    read: bool
    archived: bool


MARKS: Mapping[str, Marks] = MappingProxyType(
    {
        "seen": {"seen": True},
        "unseen": {"seen": False},
        "read": {"read": True},
        "unread": {"read": False},
        "archive": {"archived": True},
        "unarchive": {"archived": False},
    }
)
"""What Novu's words for marks mean, as arguments of :meth:`Inbox.mark`."""
READ = Marking(seen=True, read=True)
SNOOZED = Marking(seen=True, archived=False, snoozed=True)
AWAKE = Marking(seen=True, archived=False, snoozed=False)


def marking(seen: bool | None, read: bool | None, archived: bool | None) -> Marking:
    """Return what becomes of all marks: an archived message is read, and so is one that was; a read one is seen.

    Of words against each other the stronger holds: archived before read, and read before seen.
    """
    if archived or (archived is False and read is not False):
        return Marking(seen=True, read=True, archived=archived)
    if read:
        return READ
    if read is False:
        return Marking(seen=seen is not False, read=False, archived=False)
    if seen is False:
        return Marking(seen=False, read=False, archived=False)
    return Marking(seen=seen)


def checked_snooze(until: Any, now: datetime) -> datetime:
    """Return when a snooze ends. Raises SnoozeInvalidError and SnoozeTooLongError."""
    if not isinstance(until, datetime) or until.tzinfo is None:
        raise SnoozeInvalidError("The snooze is invalid.", [FieldError("/until", "must be an aware datetime")])
    if until < now + SHORTEST_SNOOZE:
        told = f"must be at least {SHORTEST_SNOOZE.seconds} seconds ahead"
        raise SnoozeInvalidError("The snooze is invalid.", [FieldError("/until", told)])
    if until > now + LONGEST_SNOOZE:
        told = f"must be at most {LONGEST_SNOOZE.days} days ahead"
        raise SnoozeTooLongError("Snooze Duration Limit Exceeded", [FieldError("/until", told)])
    return until
