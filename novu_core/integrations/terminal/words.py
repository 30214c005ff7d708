"""What the Studio says of a run, as a terminal says it: the sentences of ``novu_core/studio/words.js``."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from novu_core import ExecutionContext, StepRecord
from novu_core.codec import dumps
from novu_core.records.summaries import Window
from novu_core.types import JsonObject

_SECRET = re.compile(r"pass(word|phrase|code)?$|token|secret|otp|(^|_)code$|Code$|api_?key|credential", re.IGNORECASE)
_HIDDEN = "••••"
_SHORT = 100
_CHANNELS = {
    "in_app": "in-app messages", "email": "e-mail", "sms": "SMS", "push": "push", "chat": "chat", "tool": "tools",
}  # fmt: skip
_ADDRESSES = {
    "email": "no e-mail address", "sms": "no phone number", "push": "no device for push", "chat": "no chat address",
}  # fmt: skip
_PREFERENCES = {
    "subscriber_workflow": "{who} switched {channel} off for this workflow",
    "subscriber_global": "{who} switched {channel} off for everything",
    "workflow": "the workflow has {channel} switched off, and {who} did not switch it on",
    "read_only": "the workflow has {channel} switched off, and nobody can switch it on",
    "default": "{channel} is off unless it is switched on",
}
_UNKNOWN_RULE = "{who} does not want {channel} for this workflow"
_GATES: dict[str, Callable[[str, StepRecord], str]] = {
    "skip": lambda who, step: "its skip function returned true",
    "condition": lambda who, step: "its skip condition was true",
    "preference": lambda who, step: _PREFERENCES.get(step.rule or "", _UNKNOWN_RULE).format(
        who=who, channel=_CHANNELS.get(step.type, step.type)
    ),
    "schedule": lambda who, step: f"it was outside the hours in which {who} wants messages",
    "no_address": lambda who, step: f"{who} has {_ADDRESSES.get(step.type, 'no address for this channel')}",
    "subscriber_deleted": lambda who, step: "the subscriber had been deleted",
    "throttled": lambda who, step: "the throttle before it had reached its limit",
    "merged": lambda who, step: "its event went into the digest of another run",
    "past": lambda who, step: "its time was already in the past",
    "canceled": lambda who, step: "the run was canceled",
    "suppressed": lambda who, step: f"{who}'s address is {step.reason}",
}
"""By the reason's first word: after that of a suppressed address come a colon, why and since when."""
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def name_of(run: ExecutionContext) -> str:
    """Return whom a run is for, by name where there is one."""
    given = run.subscriber
    return " ".join(part for part in (given.first_name, given.last_name) if part) or run.payload.recipient


def gate(step: StepRecord, who: str) -> str:
    """Return which gate closed and by which rule, in a sentence."""
    known = _GATES.get((step.reason or "").partition(":")[0])
    return f"Skipped: {known(who, step) if known else step.reason or 'no reason was recorded'}."


def sentence(run: ExecutionContext, window: Window | None, now: datetime) -> str:
    """Return what became of a run. The error of one that failed is left to whoever prints it."""
    failed = next((step.step_id for step in run.steps if step.status == "failed"), None)
    delivered = sum(step.outcome == "delivered" for step in run.steps)
    sent = f"{plural(delivered, 'message')} delivered" if delivered else "no message delivered"
    if run.waiting_for and run.resume_at:
        return _waiting(run, window, run.resume_at, now)
    if run.outcome == "partial":
        at = failed or "a step"
        return f"Partly delivered: {at} failed; {sent}." if delivered else f"Failed at {at}; {sent}."
    told = {
        "merged": "Its event went into the digest of another run.", "throttled": "Stopped by its throttle.",
        "canceled": f"Canceled; {sent} before.", "pending": "Queued: it has not begun yet.", "running": "Running now.",
        "failed": f"Failed at {failed}." if failed else "Failed.",
    }  # fmt: skip
    done = f"Done in {duration((run.completed_at or run.created_at) - run.created_at)}, {sent}."
    return told.get(str(run.outcome or run.status), done)


def _waiting(run: ExecutionContext, window: Window | None, due: datetime, now: datetime) -> str:
    until = f"until {due.isoformat(timespec='seconds')} ({relative(due - now)})"
    if run.waiting_for == "digest":
        return f"Waits for its digest {until}, {plural(window.count if window else 1, 'event')} so far."
    if run.waiting_for == "delay":
        return f"Waits {until}."
    return f"Failed at {run.current_step}, and tries again at {until.removeprefix('until ')}."


def relative(span: timedelta) -> str:
    """Return how far a time is from now, in its largest unit."""
    seconds = round(span.total_seconds())
    unit, size = next((pair for pair in _UNITS if abs(seconds) >= pair[1]), _UNITS[-1])
    told = plural(abs(seconds) // size, unit)
    return f"{told} ago" if seconds < 0 else f"in {told}"


def duration(span: timedelta) -> str:
    """Return how long something took."""
    seconds = max(span.total_seconds(), 0)
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    unit, size = next(pair for pair in _UNITS if seconds >= pair[1])
    return plural(f"{seconds / size:.1f}".removesuffix(".0"), unit)


def plural(count: int | str, one: str) -> str:
    """Return a count with its word."""
    return f"{count} {one}" if str(count) == "1" else f"{count} {one}s"


def read(name: str, value: Any) -> str:
    """Return what a condition read; what sounds like a secret is hidden."""
    hidden = any(_SECRET.search(part) for part in re.findall(r"\w+", name))
    return f"{name} was {_HIDDEN if hidden else 'absent' if value is None else brief(value)}"


def brief(value: Any) -> str:
    """Return JSON in one line, shortened, without what sounds like a secret."""
    text = dumps(_veiled(value))
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _veiled(value: Any) -> Any:
    if isinstance(value, list):
        return [_veiled(item) for item in value]
    if not isinstance(value, dict):
        return value
    told: JsonObject = {}
    for name, item in value.items():
        secret = _SECRET.search(name) and isinstance(item, str | int | float) and not isinstance(item, bool)
        told[name] = _HIDDEN if secret else _veiled(item)
    return told
