"""Windows and cron ticks, for any configuration and any time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.schedules.checks import Unit
from novu_core.schedules.expressions import CronExpression
from novu_core.schedules.windows import add, next_tick

UTC = timezone.utc
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"]
# Nights on which some of these zones change their clocks, in both directions.
CHANGES = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
]

zones = st.sampled_from(ZONES)
moments = st.one_of(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-300, 300)
    ),
)


def field(low: int, high: int, common: int | None = None) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    """A cron field and the numbers it means; numbers of its own up to ``common``, so that each month has them."""
    number = st.integers(low, common or high)
    every = st.just(("*", frozenset(range(low, high + 1))))
    one = number.map(lambda value: (str(value), frozenset([value])))
    some = st.frozensets(number, min_size=1, max_size=4).map(lambda values: (",".join(map(str, values)), values))
    step = st.integers(1, high + 5).map(lambda by: (f"*/{by}", frozenset(range(low, high + 1, by))))
    span = st.tuples(number, number).map(sorted).map(lambda s: (f"{s[0]}-{s[1]}", frozenset(range(s[0], s[1] + 1))))
    return st.one_of(every, one, some, step, span)


Parts = tuple[tuple[str, frozenset[int]], ...]
crons: st.SearchStrategy[Parts] = st.tuples(
    field(0, 59), field(0, 59), field(0, 23), field(1, 31, common=28), field(1, 12)
)


@settings(max_examples=200, deadline=None)
@given(crons, moments, zones)
def test_ticks_rise_and_match_the_fields_in_local_time(parts: Parts, start: datetime, zone: str) -> None:
    cron = " ".join(text for text, _ in parts) + " *"
    seconds, minutes, hours, days, months = (values for _, values in parts)
    place, moment, seen = ZoneInfo(zone), start, set()
    for _ in range(6):
        tick = next_tick(cron, moment, zone)
        assert tick > moment
        assert tick.tzinfo is UTC
        local = tick.astimezone(place)
        if hours != frozenset(range(24)):
            # A time of day: never twice on one day's clock, and moved only out of a gap.
            assert local.replace(tzinfo=None, fold=0) not in seen
            seen.add(local.replace(tzinfo=None, fold=0))
            local = unmoved(local, minutes, hours, place)
        assert local.second in seconds
        assert local.minute in minutes
        assert local.hour in hours
        assert local.day in days
        assert local.month in months
        moment = tick


def unmoved(local: datetime, minutes: frozenset[int], hours: frozenset[int], place: ZoneInfo) -> datetime:
    """The local time that the expression names, where the tick was moved out of a spring gap."""
    if local.minute in minutes and local.hour in hours:
        return local
    for gap in (timedelta(minutes=30), timedelta(hours=1)):
        named = (local.replace(tzinfo=None) - gap).replace(tzinfo=place)
        exists = named.astimezone(UTC).astimezone(place).replace(tzinfo=None) == named.replace(tzinfo=None)
        if not exists and named.minute in minutes and named.hour in hours:
            return named
    raise AssertionError(f"{local} is no time of this expression")


@settings(max_examples=150, deadline=None)
@given(crons, moments, zones, st.floats(0, 1))
def test_no_tick_lies_between_a_moment_and_its_next_tick(
    parts: Parts, start: datetime, zone: str, share: float
) -> None:
    cron = " ".join(text for text, _ in parts) + " *"
    tick = next_tick(cron, start, zone)
    between = start + (tick - start) * share
    assert next_tick(cron, between, zone) == tick or between >= tick


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(CronExpression)), moments, zones)
def test_ready_made_expressions_tick_in_every_zone(cron: CronExpression, start: datetime, zone: str) -> None:
    tick = next_tick(cron, start, zone)
    assert start < tick <= start + timedelta(days=367)


@settings(max_examples=200, deadline=None)
@given(moments, moments, st.floats(0.001, 1e4), st.floats(0.001, 1e4), st.sampled_from(list(Unit)))
def test_adding_keeps_the_order(first: datetime, second: datetime, less: float, more: float, unit: Unit) -> None:
    less, more = sorted((less, more))
    early, late = sorted((first, second))
    assert early < add(early, less, unit) <= add(early, more, unit)
    assert add(early, less, unit) <= add(late, less, unit)
