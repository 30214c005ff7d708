from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from novu_core.errors import ScheduleInvalidError
from novu_core.schedules.expressions import CronExpression
from novu_core.schedules.windows import (
    add,
    delay_due,
    digest_due,
    duration,
    dynamic_due,
    next_tick,
    throttle_window,
)

UTC = timezone.utc
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
CASES = json.loads((Path(__file__).parent / "cron_cases.json").read_text())["cases"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def ticks(cron: str, after: str, zone: str | None, count: int) -> list[str]:
    moment, found = at(after), []
    for _ in range(count):
        moment = next_tick(cron, moment, zone)
        found.append(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return found


def test_next_ticks_are_those_of_npm_cron_parser() -> None:
    assert len(CASES) > 450
    for cron, after, zone, expected in CASES:
        if expected is None:
            with pytest.raises(ScheduleInvalidError):
                next_tick(cron, at(after), zone)
        else:
            assert ticks(cron, after, zone, len(expected)) == expected, (cron, after, zone)


@pytest.mark.parametrize("cron", list(CronExpression), ids=lambda cron: cron.name)
def test_every_ready_made_expression_has_a_next_tick(cron: CronExpression) -> None:
    assert NOW < next_tick(cron, NOW, None) <= NOW + timedelta(days=366)


def test_novus_every_year_with_its_month_zero_means_january() -> None:
    # cron-parser refuses month 0, so the npm package's own constant never fires.
    assert ticks(CronExpression.EVERY_YEAR, "2026-01-05T12:00:00Z", None, 2) == [
        "2027-01-01T00:00:00Z",
        "2028-01-01T00:00:00Z",
    ]


def test_a_tick_is_strictly_after_and_whole_seconds() -> None:
    assert next_tick("0 12 * * *", NOW, None) == NOW + timedelta(days=1)
    assert next_tick("* * * * * *", NOW.replace(microsecond=999_999), None) == NOW + timedelta(seconds=1)
    assert next_tick("0 12 * * *", NOW - timedelta(microseconds=1), None) == NOW


def test_the_answer_is_in_utc_whatever_zone_the_question_is_in() -> None:
    tick = next_tick("0 9 * * *", NOW.astimezone(ZoneInfo("Asia/Kolkata")), "Asia/Kolkata")
    assert tick == at("2026-01-06T03:30:00Z")
    assert tick.tzinfo is UTC


@pytest.mark.parametrize(
    ("cron", "after", "zone", "expected"),
    [
        ("30 2 * * *", "2026-10-25T00:30:00Z", "Europe/Berlin", "2026-10-26T01:30:00Z"),
        ("30 2 * * *", "2026-10-25T01:10:00Z", "Europe/Berlin", "2026-10-26T01:30:00Z"),
        ("45 1 * * *", "2026-04-04T14:45:00Z", "Australia/Lord_Howe", "2026-04-05T15:15:00Z"),
        ("*/10 * * 25 10 *", "2026-10-24T21:00:00Z", "Europe/Berlin", "2026-10-24T22:00:00Z"),
    ],
)
def test_the_repeated_autumn_hour_fires_once_even_from_inside_it(
    cron: str, after: str, zone: str, expected: str
) -> None:
    assert next_tick(cron, at(after), zone) == at(expected)


@pytest.mark.parametrize(
    ("cron", "after", "zone", "expected"),
    [
        ("30 2 * * *", "2026-03-29T00:59:00Z", "Europe/Berlin", "2026-03-29T01:30:00Z"),
        ("30 2 * * *", "2026-03-29T01:10:00Z", "Europe/Berlin", "2026-03-29T01:30:00Z"),
        ("30 2 * * *", "2026-03-29T01:30:00Z", "Europe/Berlin", "2026-03-30T00:30:00Z"),
        ("0 0 * * *", "2018-11-03T12:00:00Z", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("15 2 * * *", "2026-10-03T04:10:00Z", "Australia/Lord_Howe", "2026-10-03T15:45:00Z"),
    ],
)
def test_a_tick_in_the_spring_gap_comes_as_much_later_as_the_clock_moved(
    cron: str, after: str, zone: str, expected: str
) -> None:
    assert next_tick(cron, at(after), zone) == at(expected)


def test_an_expression_for_every_hour_runs_on_evenly_through_a_half_hour_change() -> None:
    found = ticks("*/15 * * * *", "2026-04-04T14:10:00Z", "Australia/Lord_Howe", 8)
    assert [at(late) - at(early) for early, late in pairwise(found)] == [timedelta(minutes=15)] * 7


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe", "../etc/passwd", "/etc/localtime", "a\0b", "x" * 300])
def test_an_unknown_time_zone_is_named(zone: str) -> None:
    with pytest.raises(ScheduleInvalidError, match="is not known; use an IANA name") as caught:
        next_tick("0 9 * * *", NOW, zone)
    assert zone in caught.value.message


def test_a_tick_beyond_the_calendar_is_an_error_and_no_overflow() -> None:
    for after in (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(9999, 6, 1, tzinfo=UTC)):
        with pytest.raises(ScheduleInvalidError, match="has no time after"):
            next_tick("0 0 1 1 *", after, "America/New_York")


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (90, "seconds", timedelta(seconds=90)),
        (1.5, "minutes", timedelta(seconds=90)),
        (2, "hours", timedelta(hours=2)),
        (3, "days", timedelta(days=3)),
        (1, "weeks", timedelta(days=7)),
        (2, "months", timedelta(days=60)),
    ],
)
def test_an_amount_is_elapsed_time(amount: float, unit: str, expected: timedelta) -> None:
    assert duration(amount, unit) == expected
    assert add(NOW, amount, unit) == NOW + expected


def test_adding_days_over_a_clock_change_is_elapsed_time() -> None:
    before = datetime(2026, 3, 28, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert add(before, 1, "days") == at("2026-03-29T11:00:00Z")
    assert add(before, 1, "days").tzinfo is UTC


def test_adding_beyond_the_calendar_is_a_clear_error() -> None:
    with pytest.raises(ScheduleInvalidError, match="beyond the year 9999"):
        add(datetime(9990, 1, 1, tzinfo=UTC), 200, "months")


def test_digest_and_delay_are_due_by_amount_or_by_cron() -> None:
    for due in (digest_due, delay_due):
        assert due({"amount": 1, "unit": "hours"}, NOW, "Europe/Berlin") == NOW + timedelta(hours=1)
        assert due({"cron": "0 9 * * *"}, NOW, "Europe/Berlin") == at("2026-01-06T08:00:00Z")
        assert due({"cron": None, "amount": 1, "unit": "days"}, NOW, None) == NOW + timedelta(days=1)


def test_a_throttle_window_ends_an_amount_after_its_first_grant() -> None:
    assert throttle_window({"amount": 10, "unit": "minutes", "threshold": 3}, NOW) == NOW + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-05T13:00:00Z", "2026-01-05T13:00:00Z"),
        ("2026-01-05T13:00:00.5z", "2026-01-05T13:00:00.500000Z"),
        ("2026-01-05T13:00:00.123Z", "2026-01-05T13:00:00.123000Z"),
        ("2026-01-05T13:00:00.123456789+02:00", "2026-01-05T11:00:00.123456Z"),
        ("2020-01-01T00:00:00-05:00", "2020-01-01T05:00:00Z"),
        (datetime(2026, 1, 5, 13, 0, tzinfo=ZoneInfo("Europe/Berlin")), "2026-01-05T12:00:00Z"),
        ({"amount": 2, "unit": "hours"}, "2026-01-05T14:00:00Z"),
    ],
)
def test_a_dynamic_value_is_a_moment_or_a_length_even_in_the_past(value: object, expected: str) -> None:
    assert dynamic_due(value, NOW) == at(expected)
    assert dynamic_due(value, NOW).tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2026-01-05T13:00:00", "has no time zone"),
        (datetime(2026, 1, 5), "has no time zone"),
        ("2026-01-05", "has no time zone"),
        ("tomorrow", "`tomorrow` is not an ISO-8601 time"),
        ("", "not an ISO-8601 time"),
        (None, "of type NoneType"),
        (1767618000, "of type int"),
        (["2026"], "of type list"),
        ("0001-01-01T00:00:00+14:00", "outside the years"),
        ({"amount": -1, "unit": "hours"}, "amount is -1"),
        ({"amount": 1}, "unit is missing"),
        ({}, "amount is missing"),
    ],
)
def test_a_dynamic_value_that_means_no_moment_is_refused(value: object, message: str) -> None:
    with pytest.raises(ScheduleInvalidError, match=message):
        dynamic_due(value, NOW)


@pytest.mark.parametrize("cron", ["0 0 1 1 *", "0 * * * *"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_last_days_of_the_calendar_have_no_tick(cron: str, zone: str) -> None:
    with pytest.raises(ScheduleInvalidError, match="has no time after"):
        next_tick(cron, datetime(9999, 12, 31, 23, 59, tzinfo=UTC), zone)


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        ("15 * * * *", "2026-04-04T14:21:00Z", "2026-04-04T15:45:00Z"),  # 02:00 becomes 01:30, and then comes 02:15
        ("*/20 * * * *", "2026-04-04T14:42:00Z", "2026-04-04T15:10:00Z"),
        ("15 * * * *", "2026-10-03T15:20:00Z", "2026-10-03T16:15:00Z"),  # 02:00 becomes 02:30
    ],
)
def test_an_even_tick_of_the_time_before_a_half_hour_change_is_passed_over(
    cron: str, after: str, expected: str
) -> None:
    assert next_tick(cron, at(after), "Australia/Lord_Howe") == at(expected)
