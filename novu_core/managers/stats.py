"""What happened lately, counted: for charts, and for whoever asks whether anything is wrong."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from novu_core.clock import micros, moment
from novu_core.engine.parts import Parts
from novu_core.engine.presence import ALIVE
from novu_core.errors import FieldError, ValidationError
from novu_core.storage.handing import due
from novu_core.storage.stats import Counts, count
from novu_core.storage.values import due_time
from novu_core.storage.workers import seen
from novu_core.types import JsonObject

LONGEST = timedelta(days=7)
BUCKETS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_KEPT = timedelta(seconds=10)
_MOST_KEPT = 32
_MOST_BUCKETS = 1500
_MICROSECOND = timedelta(microseconds=1)


class Stats:
    """Counts of runs and messages. They cost the database some work, and are kept for ten seconds."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._kept: dict[tuple[Any, ...], tuple[datetime, JsonObject]] = {}
        self._lock = threading.Lock()

    def get(self, since: datetime | None = None, until: datetime | None = None, bucket: str = "hour") -> JsonObject:
        """Return what was triggered from ``since`` to ``until``: the last day, or at most seven. ValidationError.

        ``{since, until, bucket, runs, workflows, failures, waiting, digests, delivery}``: ``runs`` by ``bucket``
        (minute, hour or day, in UTC) and outcome, else status; ``failures`` by workflow, step and type of error;
        ``waiting`` is of now; ``delivery`` has the seconds from trigger to delivery of the latest 2,000 messages.
        """
        asked, now = (since, until, bucket), self._parts.clock.now()
        first, end, size = self._checked(since, until, bucket, now)
        with self._lock:  # of those who ask at once, one makes the database count
            kept = self._kept.get(asked)
            if kept is not None and timedelta(0) <= now - kept[0] < _KEPT:
                return kept[1]
            times = {"late": now, "in_an_hour": now + timedelta(hours=1), "in_a_day": now + timedelta(days=1)}
            store = self._parts.store
            counts = store.database.read(
                lambda transaction: count(transaction, store.app, first, end, size // _MICROSECOND, times)
            )
            told = {
                "since": first.isoformat(),
                "until": end.isoformat(),
                "bucket": bucket,
                **_told(counts, micros(first), size // _MICROSECOND),
            }
            while len(self._kept) >= _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept.pop(asked, None)
            self._kept[asked] = now, told
            return told

    def workers(self) -> list[JsonObject]:
        """Return this app's workers, the one seen last first: ``{owner, workflows, started_at, seen_at, alive}``."""
        store, now = self._parts.store, self._parts.clock.now()
        found = store.database.read(lambda transaction: seen(transaction, store.app))
        return [
            {
                "owner": owner,
                "workflows": workflows,
                "started_at": started_at and started_at.isoformat(),
                "seen_at": seen_at and seen_at.isoformat(),
                "alive": seen_at is not None and now - seen_at < ALIVE,
            }
            for owner, workflows, started_at, seen_at in found
        ]

    def due(self) -> JsonObject:
        """Return what waits to be run: ``{due, oldest_due, handed_over}``.

        How many runs are due now, since when the first is, and how many are on their way to a worker of Celery.
        """
        store, now = self._parts.store, self._parts.clock.now()
        found = store.database.read(lambda transaction: due(transaction, store.app, now))
        since = found.since and found.since.isoformat()
        return {"due": found.runs, "oldest_due": since, "handed_over": found.handed_over}

    def _checked(
        self, since: datetime | None, until: datetime | None, bucket: str, now: datetime
    ) -> tuple[datetime, datetime, timedelta]:
        told = []
        for name, at in (("since", since), ("until", until)):
            given: Any = at
            if given is not None and (not isinstance(given, datetime) or given.tzinfo is None):
                told.append(FieldError(f"/{name}", "must be an aware datetime"))
        if bucket not in BUCKETS:
            told.append(FieldError("/bucket", f"must be one of {', '.join(BUCKETS)}"))
        if told:
            raise ValidationError("The stats are invalid.", told)
        end = min(until or now, now) + timedelta(milliseconds=1)  # with the present millisecond
        first = since or end - timedelta(days=1)
        faults = {
            "since": "must be up to 7 days before `until`, and not before 1970",
            "bucket": f"must leave at most {_MOST_BUCKETS} buckets; use hour or day",
        }
        if not timedelta(0) < end - first <= LONGEST + timedelta(seconds=1) or micros(first) < 0:
            raise ValidationError("The stats are invalid.", [FieldError("/since", faults["since"])])
        if (end - first) / BUCKETS[bucket] > _MOST_BUCKETS:
            raise ValidationError("The stats are invalid.", [FieldError("/bucket", faults["bucket"])])
        return first, end, BUCKETS[bucket]


def _told(counts: Counts, first: int, size: int) -> JsonObject:
    buckets: defaultdict[int, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    workflows: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    merged = 0
    for place, workflow_id, status, outcome, waits, number in counts.runs:
        if type(place) is int and place >= first // size:  # else its time is damaged
            buckets[place][outcome or ("waiting" if waits else status)] += number
        workflows[workflow_id]["runs"] += number
        workflows[workflow_id]["failed"] += number if status == "failed" else 0
        merged += number if outcome == "merged" else 0
    return {
        "runs": [
            {"at": moment(place * size).isoformat(), "counts": dict(sorted(found.items()))}
            for place, found in sorted(buckets.items())
        ],
        "workflows": [{"workflow_id": name, **found} for name, found in sorted(workflows.items())],
        "failures": [
            {
                "workflow_id": workflow_id,
                "step_id": step_id,
                "error_type": kind or None,
                "count": number,
                "first_at": _time(first),
                "last_at": _time(last),
            }
            for workflow_id, step_id, kind, number, first, last in counts.failures
        ],
        "waiting": [
            {
                "waiting_for": kind,
                "count": number,
                "next_at": _time(following),
                "within_an_hour": int(hour),
                "within_a_day": int(day),
                "late": int(late),
            }
            for kind, number, following, hour, day, late in counts.waiting
        ],
        "digests": {"events": merged + counts.windows, "digests": counts.windows},
        "delivery": {
            **_percentiles(sorted(row[0] for row in counts.taken if type(row[0]) is int)),
            "providers": [
                {"channel": channel, "provider": provider, "count": number} for channel, provider, number in counts.sent
            ],
        },
    }


def _percentiles(taken: list[int]) -> JsonObject:
    """The middle, and what only a twentieth exceeds, in seconds."""
    if not taken:
        return {"p50": None, "p95": None, "sampled": 0}
    p50, p95 = (round(taken[min(int(len(taken) * share), len(taken) - 1)] / 1e6, 3) for share in (0.5, 0.95))
    return {"p50": p50, "p95": p95, "sampled": len(taken)}


def _time(value: Any) -> str | None:
    at = due_time(value)
    return None if at is None else at.isoformat()
