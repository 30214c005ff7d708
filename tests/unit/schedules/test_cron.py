"""What the layer over croniter answers for: npm cron-parser's dialect where croniter's differs, and hostile input."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import thread_time

import croniter
import pytest

from novu_core.errors import ScheduleInvalidError
from novu_core.schedules.cron import parse_cron

FRIDAY = datetime(2026, 1, 2)  # 2026-01-31 is a Saturday


def days(cron: str, start: datetime, count: int) -> list[str]:
    """The dates of the next ticks, as ``month-day``."""
    parsed, moment, dates = parse_cron(cron), start, []
    for _ in range(count):
        tick = parsed.after(moment)
        assert tick is not None
        dates.append(f"{tick:%m-%d}")
        moment = tick
    return dates


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 0 * * 5L", ["01-30", "02-27"]),
        ("0 0 * * 7L", ["01-25", "02-22"]),
        ("0 0 * * 5L,1L", ["01-26", "01-30"]),
        ("0 0 * * MON#1", ["01-05", "02-02"]),
        ("0 0 * * 7#1", ["01-04", "02-01"]),
        ("0 0 L * *", ["01-31", "02-28"]),
        ("0 0 15,L * *", ["01-15", "01-31"]),
        ("0 0 * * 1-1", ["01-05", "01-12"]),
        ("0 0 4-4 * *", ["01-04", "02-04"]),
        ("0 0 * * MON/2", ["01-04", "01-05", "01-07", "01-09", "01-11"]),
        ("0 0 * * 5-7", ["01-03", "01-04", "01-09"]),
        ("0 0 1 0 *", ["01-01", "01-01"]),
        ("0 0 1 JAN,MAR *", ["03-01", "01-01"]),
        ("0 0 ? * MON", ["01-05", "01-12"]),
        ("0 0 20 * *", ["01-20", "02-20"]),
        ("0 0 31/5 * *", ["01-31", "03-31"]),
        ("@weekly", ["01-04", "01-11"]),
        ("@Monthly", ["02-01", "03-01"]),
    ],
)
def test_the_dialect_is_that_of_cron_parser(cron: str, expected: list[str]) -> None:
    assert days(cron, FRIDAY, len(expected)) == expected


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 0 20 * MON", ["01-05", "01-12", "01-19", "01-20"]),
        ("0 0 20 * 1L", ["01-20", "01-26", "02-20"]),
        ("0 0 20 * 1#1", ["01-05", "01-20", "02-02"]),
        ("0 0 L * 1#1", ["01-05", "01-31", "02-02"]),
        ("0 0 * * 1L,3", ["01-07", "01-14", "01-21", "01-26", "01-28"]),
        ("0 0 6 * 1L,3", ["01-06", "01-07", "01-14", "01-21", "01-26"]),
        ("0 0 31 2 MON", ["02-02", "02-09"]),  # a date that never comes leaves the weekdays
        ("0 0 1-31 * MON", ["01-03", "01-04", "01-05"]),
        ("0 0 *,3 * MON", ["01-03", "01-04", "01-05"]),
        ("0 0 3 * *,1L", ["01-03", "01-04", "01-05"]),
    ],
)
def test_a_day_and_a_weekday_may_either_match(cron: str, expected: list[str]) -> None:
    assert days(cron, FRIDAY, len(expected)) == expected


@pytest.mark.parametrize("step", range(1, 9))
def test_every_range_of_weekdays_means_its_days(step: int) -> None:
    for first in range(8):
        for last in range(first, 8):
            week = {(FRIDAY + timedelta(days=n)): (FRIDAY + timedelta(days=n)).isoweekday() % 7 for n in range(1, 8)}
            meant = {day % 7 for day in range(first, last + 1, step)}
            expected = [f"{day:%m-%d}" for day, weekday in week.items() if weekday in meant]
            assert days(f"0 0 * * {first}-{last}/{step}", FRIDAY, len(expected)) == expected, (first, last)


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 0 15W * *", "day `15w` cannot be read"),
        ("R * * * *", "minute `r` cannot be read"),
        ("H H * * *", "minute `h` cannot be read"),
        ("0 0 L-3 * *", "day `l-3` cannot be read"),
        ("0 0 * * L", "weekday `l` cannot be read"),
        ("0 0 * * L5", "weekday `l5` cannot be read"),
        ("? * * * *", "minute `?` cannot be read"),
        ("0 0 * JAN#1 *", "month `1#1` cannot be read"),
        ("0 0 * * JAN", "weekday `jan` cannot be read"),
        ("0 0 * MON *", "month `mon` cannot be read"),
        ("0 0 * 0,6 *", "month `0` is outside 1-12"),
        ("50-61 * * * *", "minute `50-61` is outside 0-59"),
        ("0 0 * * FRI-MON", "weekday `5-1` runs backwards; use two ranges, such as `5-7,0-1`"),
        ("0 0 * * 1#1,2", "weekday `1#1,2` must be one weekday"),
        ("0 0 * * 1#1,1#3", "weekday `1#1,1#3` must be one weekday"),
        ("0 0 9 * * 1 2027", "has 7 field(s)"),
        ("@reboot", "has 1 field(s)"),
        ("1-5-9 * * * *", "minute `1-5-9` cannot be read"),
        ("-5 * * * *", "minute `-5` cannot be read"),
        ("5/ * * * *", "minute `5/` cannot be read"),
    ],
)
def test_what_cron_parser_does_not_read_is_refused_by_field(cron: str, words: str) -> None:
    with pytest.raises(ScheduleInvalidError) as refused:
        parse_cron(cron)
    assert words in refused.value.message
    assert f"cron `{cron}`" in refused.value.message


@pytest.mark.parametrize(
    "cron",
    [
        "9" * 1_000_000 + " * * * *",
        "1," * 10_000 + "1 * * * *",
        "," * 1_000_000,
        "* " * 500_000,
        " " * 1_000_000,
        "@" + "a" * 1_000_000,
        "9" * 900 + " * * * *",
        "1-" + "9" * 900 + " * * * *",
        "*/" + "9" * 900 + " * * * *",
        "٣ * * * *",
        "0 0 * * \N{FULLWIDTH LATIN CAPITAL LETTER M}ON",
        "0 0 * * *\0",
        "\0",
        "0 0 30,31 2 *",
        "0 0 31 2,4,6,9,11 *",
    ],
    ids=lambda cron: ascii(cron[:12]),
)
def test_hostile_expressions_are_refused_quickly_and_briefly(cron: str) -> None:
    start = thread_time()
    with pytest.raises(ScheduleInvalidError) as refused:
        parse_cron(cron)
    assert thread_time() - start < 1
    assert len(refused.value.message) < 2500


def test_an_expression_with_every_value_written_out_is_short_enough() -> None:
    fields = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
    cron = " ".join(",".join(map(str, range(low, high + 1))) for low, high in fields)
    assert parse_cron(cron).every_hour
    assert parse_cron(cron).after(FRIDAY) == FRIDAY + timedelta(seconds=1)


def test_an_expression_is_read_once() -> None:
    assert parse_cron("7 7 * * *") is parse_cron("7 7 * * *")


def test_the_whole_second_of_a_late_year_is_not_rounded_away() -> None:
    late = datetime(9999, 1, 1, 12, 0, 0, 999_999)  # as a float timestamp this is the next second
    assert parse_cron("* * * * * *").after(late) == datetime(9999, 1, 1, 12, 0, 1)


@pytest.mark.parametrize("cron", ["* * * * * *", "0 0 * * *", "0 0 1 1 *", "0 0 29 2 *", "0 0 * 2 1#5", "0 0 * * 5L"])
def test_the_calendar_ends_without_an_error(cron: str) -> None:
    assert parse_cron(cron).after(datetime(9999, 12, 31, 23, 59, 59)) is None


@pytest.mark.parametrize(
    ("cron", "every"),
    [("5 * * * *", True), ("5 0-23 * * *", True), ("5 *,3 * * *", True), ("5 */2 * * *", False), ("@hourly", True)],
)
def test_an_expression_knows_whether_it_leaves_an_hour_out(cron: str, every: bool) -> None:
    assert parse_cron(cron).every_hour is every


def test_croniter_finds_the_times(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = parse_cron("0 9 * * *")
    monkeypatch.setattr(croniter.croniter, "get_next", lambda self, kind: datetime(2030, 1, 1))
    assert parsed.after(FRIDAY) == datetime(2030, 1, 1)
    monkeypatch.undo()
    assert parsed.after(FRIDAY) == datetime(2026, 1, 2, 9)
