"""Deleting what has ended long ago."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from novu_core.clock import Clock
from novu_core.errors import FieldError, ValidationError
from novu_core.records.retention import Pruned
from novu_core.storage.retention import ENDED, MOST_AT_ONCE, prune, prune_fanouts
from novu_core.storage.store import Store

_SPAN = re.compile(r"([0-9]{1,7})(m|h|d|w)", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def prune_history(
    store: Store, clock: Clock, older_than: timedelta | str, status: str | Sequence[str] | None, *, dry_run: bool
) -> Pruned:
    """Delete old runs that have ended, batch by batch. Raises ValidationError and StoreError."""
    statuses = _statuses(status)
    try:
        before = clock.now() - _span(older_than)
    except OverflowError:
        raise _invalid("/older_than", "reaches back before the first possible date") from None
    found: Counter[str] = Counter(dict.fromkeys(statuses, 0))
    after: str | None = ""
    while after is not None:
        batch = prune(store, before, after, statuses=statuses, dry_run=dry_run)
        found.update(batch.runs)
        after = batch.after
    while not dry_run and len(statuses) == len(ENDED) and prune_fanouts(store, before) == MOST_AT_ONCE:
        pass
    return Pruned(before, dict(found), dry_run)


def _span(older_than: Any) -> timedelta:
    if isinstance(older_than, str):
        read = _SPAN.fullmatch(older_than.strip())
        if read is None:
            raise _invalid("/older_than", f"is {older_than!r}, not a number with m, h, d or w, such as 90d")
        return timedelta(**{_UNITS[read[2]]: int(read[1])})
    if not isinstance(older_than, timedelta) or older_than < timedelta():
        raise _invalid("/older_than", "must be a timedelta of 0 or more, or a string such as 90d")
    return older_than


def _statuses(status: Any) -> Sequence[str]:
    if status is None:
        return ENDED
    asked = [status] if isinstance(status, str) else list(status)
    wrong = [word for word in asked if word not in ENDED]
    if wrong or not asked:
        raise _invalid("/status", f"must be {' or '.join(ENDED)}; open runs are never deleted")
    return sorted({str(word) for word in asked})


def _invalid(path: str, told: str) -> ValidationError:
    return ValidationError("What to delete is invalid.", [FieldError(path, told)])
