"""Which messages a request changes at once: those that it names, or all that its filters leave."""

from __future__ import annotations

from typing import Any

from novu_core.http.shapes.bodies import Shape
from novu_core.http.shapes.filters import Meant, meant
from novu_core.managers.inbox import MARKS, Inbox
from novu_core.storage.inbox_filters import InboxFilters


class Selection(Shape):
    """Which of a subscriber's messages are meant; all of them where nothing is said."""

    notification_ids: list[str] | None = None
    tags: Any = None
    data: Any = None

    def meant(self) -> Meant:
        """Return the filters. Raises Refusal."""
        return meant({"tags": self.tags, "data": self.data})


def mark_selected(inbox: Inbox, selection: Selection, word: str, only: InboxFilters | None = None) -> None:
    """Do what one of Novu's words for marks means. ``only``: to messages that have these marks already.

    Ids that are not in this inbox are ignored.
    """
    found, ids = selection.meant(), selection.notification_ids
    if ids is None:
        inbox.mark_all(**MARKS[word], where={**found.filters, **(only or {})}, data=found.data)
    else:
        inbox.mark_some(ids, **MARKS[word], where=only)


def delete_selected(inbox: Inbox, selection: Selection) -> None:
    """Delete messages; ids that are not in this inbox are ignored."""
    found, ids = selection.meant(), selection.notification_ids
    if ids is None:
        inbox.delete_all(data=found.data, **found.filters)
    else:
        inbox.delete_some(ids)
