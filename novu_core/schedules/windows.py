"""When digests, delays and throttles are due: pure time arithmetic over aware datetimes, answers in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from novu_core.clock import UTC, iso_time
from novu_core.errors import ScheduleInvalidError
from novu_core.schedules.checks import check_amount
from novu_core.schedules.cron import Cron, parse_cron
from novu_core.schedules.zones import find_zone
from novu_core.types import JsonObject


def duration(amount: float, unit: str) -> timedelta:
    """Return ``amount`` times ``unit`` (weeks = 7 days, months = 30); ScheduleInvalidError as ``check_amount``."""
    return check_amount(amount, unit)


def add(moment: datetime, amount: float, unit: str) -> datetime:
    """Return the UTC time ``amount`` times ``unit`` after ``moment``: elapsed time, whatever clocks do in between."""
    try:
        return moment.astimezone(UTC) + duration(amount, unit)
    except OverflowError:
        raise ScheduleInvalidError(f"{amount} {unit} after {moment.isoformat()} is beyond the year 9999.") from None


def next_tick(cron: str, after: datetime, zone: str | None) -> datetime:
    """Return the first time strictly after ``after`` that ``cron`` names in time zone ``zone`` (None: UTC).

    Where clocks change, an expression that leaves hours out means times of the day: one inside the hour that is
    skipped in spring comes as much later as the clock moved, one in the hour that autumn repeats comes once, the
    first time. An expression for every hour means intervals, and runs on evenly through both (as npm's cron-parser).

    Raises ScheduleInvalidError for an invalid expression, an unknown zone, and a tick beyond the year 9999.
    """
    parsed, here = parse_cron(cron), _zone(zone)
    search = _next_interval if parsed.every_hour else _next_time_of_day
    try:
        tick = search(parsed, after.astimezone(UTC), here)
    except OverflowError:
        tick = None
    if tick is None:
        raise ScheduleInvalidError(f"cron `{cron}` has no time after {after.isoformat()}.")
    return tick


def digest_due(config: JsonObject, opened: datetime, zone: str | None) -> datetime:
    """Return when a digest window opened at ``opened`` is flushed; ``config`` has ``cron`` or an amount and unit."""
    return _due(config, opened, zone)


def delay_due(config: JsonObject, started: datetime, zone: str | None) -> datetime:
    """Return when a regular or timed delay reached at ``started`` ends; a dynamic one asks ``dynamic_due``."""
    return _due(config, started, zone)


def throttle_window(config: JsonObject, started: datetime) -> datetime:
    """Return the end (exclusive) of the fixed throttle window that the first grant opened at ``started``."""
    return add(started, config["amount"], config["unit"])


def dynamic_due(value: object, now: datetime) -> datetime:
    """Return the moment that the value under a ``dynamicKey`` means; it may lie in the past.

    ``value``: an ISO-8601 time with a zone (or such a datetime), or ``{"amount", "unit"}`` from ``now``. Raises
    ScheduleInvalidError for anything else.
    """
    if isinstance(value, Mapping):
        return add(now, value.get("amount"), value.get("unit"))  # type: ignore[arg-type] # checked there, with the message
    moment = value if isinstance(value, datetime) else _parse_time(value)
    if moment.tzinfo is None:
        raise ScheduleInvalidError(
            f"`{moment.isoformat()}` has no time zone; end it with `Z` or an offset like `+02:00`."
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ScheduleInvalidError(f"`{moment.isoformat()}` is outside the years 1 to 9999.") from None


def _due(config: JsonObject, start: datetime, zone: str | None) -> datetime:
    if config.get("cron") is not None:
        return next_tick(config["cron"], start, zone)
    return add(start, config["amount"], config["unit"])


def _parse_time(value: object) -> datetime:
    if not isinstance(value, str):
        raise ScheduleInvalidError(
            f"the dynamicKey's value is of type {type(value).__name__}; use an ISO-8601 time such as"
            ' `2026-01-05T09:00:00Z`, or {"amount": 1, "unit": "hours"}.'
        )
    try:
        return iso_time(value.strip())
    except ValueError:
        message = f"`{value[:80]}` is not an ISO-8601 time; write it like `2026-01-05T09:00:00Z`."
        raise ScheduleInvalidError(message) from None


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return UTC
    zone = find_zone(name)
    if zone is None:
        raise ScheduleInvalidError(f"time zone `{name}` is not known; use an IANA name such as `Europe/Berlin`.")
    return zone


def _next_time_of_day(cron: Cron, after: datetime, zone: tzinfo) -> datetime | None:
    # On the day after clocks went forward, ticks moved out of the gap still lie ahead of their local name.
    naive, offset = after.replace(tzinfo=None), _offset(after, zone)
    local = cron.after(naive + min(offset, _offset(after - timedelta(days=1), zone)))
    while local is not None:
        # fold=0: the first of two equal local times, and the offset before the change for one that does not exist.
        tick = local.replace(tzinfo=zone).astimezone(UTC)
        if tick > after:
            return tick
        # That tick is past the gap, and so are all up to the present local time.
        local = cron.after(max(local, naive + offset))
    return None


def _next_interval(cron: Cron, after: datetime, zone: tzinfo) -> datetime | None:
    naive, offset = after.replace(tzinfo=None), _offset(after, zone)
    local = cron.after(naive + offset)
    if local is None:
        return None
    new_offset = _offset((local - offset).replace(tzinfo=UTC), zone)
    if new_offset != offset:
        # Clocks change before that time: search in the time that holds then, past what does not exist in it.
        local = cron.after(naive + new_offset)
        while local is not None and _offset((local - new_offset).replace(tzinfo=UTC), zone) != new_offset:
            local = cron.after(local)
    return None if local is None else (local - new_offset).replace(tzinfo=UTC)


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
