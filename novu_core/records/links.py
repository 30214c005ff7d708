"""What the links of mails open, and where they lead."""

from __future__ import annotations

from typing import NamedTuple

UNSUBSCRIBE, PREFERENCES = "/unsubscribe", "/preferences"
"""The paths below the prefix; a token follows."""


class Link(NamedTuple):
    """What a token opens: one workflow's e-mail, or without a workflow all preferences.

    ``issued``: when what it is for began, in microseconds since the epoch.
    """

    subscriber_id: str
    issued: int
    workflow_id: str | None = None
