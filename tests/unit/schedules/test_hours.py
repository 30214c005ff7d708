from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_core.schedules.hours import DAYS, faults_of, is_open

MONDAY = datetime(2026, 1, 5)


def week(**days):
    return {"isEnabled": True, "weeklySchedule": days}


def day(*hours):
    return {"isEnabled": True, "hours": [dict(zip(("start", "end"), hour, strict=True)) for hour in hours]}


OFFICE = week(monday=day(("09:00 AM", "12:00 PM"), ("13:00", "05:00 PM")))


@pytest.mark.parametrize(
    ("time", "open_"),
    [
        ("08:59", False),
        ("09:00", True),
        ("11:59", True),
        ("12:00", False),
        ("13:00", True),
        ("16:59", True),
        ("17:00", False),
    ],
)
def test_a_day_is_open_from_each_start_until_before_its_end(time, open_):
    hour, minute = map(int, time.split(":"))
    assert is_open(OFFICE, MONDAY.replace(hour=hour, minute=minute)) is open_


@pytest.mark.parametrize(
    ("schedule", "open_"),
    [
        (None, True),
        ({"isEnabled": False, "weeklySchedule": {}}, True),
        ({"isEnabled": True}, True),
        (week(tuesday=day()), False),
        (week(monday={"isEnabled": False}), False),
        (week(monday={"isEnabled": True}), True),
        ({"is_enabled": True, "weekly_schedule": {"monday": {"is_enabled": True, "hours": []}}}, True),
    ],
)
def test_a_missing_day_is_closed_and_one_without_hours_open(schedule, open_):
    assert is_open(schedule, MONDAY) is open_


def test_hours_over_midnight_reach_into_the_next_day():
    night = week(monday=day(("10:00 PM", "06:00 AM")))
    found = [hour for hour in range(48) if is_open(night, MONDAY + timedelta(hours=hour))]
    assert found == list(range(22, 30))


@given(st.datetimes(), st.sampled_from(["00:00", "12:00 AM", "24:00"]))
def test_from_midnight_to_midnight_is_always(moment, end):
    every = {name: day(("12:00 AM", end)) for name in DAYS}
    assert is_open(week(**every), moment)


@pytest.mark.parametrize(
    ("schedule", "path"),
    [
        ([], ""),
        ({"weeklySchedule": {}}, "/isEnabled"),
        ({"isEnabled": True, "weeklySchedule": []}, "/weeklySchedule"),
        ({"isEnabled": True, "days": {}}, "/days"),
        (week(someday=day()), "/weeklySchedule/someday"),
        (week(monday=3), "/weeklySchedule/monday"),
        (week(monday={"hours": []}), "/weeklySchedule/monday/isEnabled"),
        (week(monday={"isEnabled": True, "hours": 3}), "/weeklySchedule/monday/hours"),
        (week(monday={"isEnabled": True, "hours": [3]}), "/weeklySchedule/monday/hours/0/start"),
        (week(monday=day(("9", "17:00"))), "/weeklySchedule/monday/hours/0/start"),
        (week(monday=day(("13:00 PM", "17:00"))), "/weeklySchedule/monday/hours/0/start"),
        (week(monday=day(("09:00", "24:01"))), "/weeklySchedule/monday/hours/0/end"),
        (week(monday=day(("09:00", "17:60"))), "/weeklySchedule/monday/hours/0/end"),
    ],
)
def test_a_fault_is_told_with_its_path(schedule, path):
    assert faults_of(schedule)[0].path == f"/schedule{path}"


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ({"isEnabled": True, "days": {}}, "unknown; use one of isEnabled, weeklySchedule"),
        (week(someday=day()), "is not a day; use one of monday, tuesday, wednesday"),
    ],
)
def test_a_fault_names_what_may_be_written_instead(schedule, message):
    assert faults_of(schedule)[0].message.startswith(message)


def test_a_right_schedule_has_no_fault():
    assert faults_of(OFFICE) == []
