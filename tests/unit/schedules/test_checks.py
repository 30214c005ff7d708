from __future__ import annotations

import math
import re
from typing import Any

import pytest

from novu_core.errors import ScheduleInvalidError
from novu_core.schedules.checks import Unit, check_amount, check_cron, check_schedule
from novu_core.schedules.expressions import CronExpression
from novu_core.types import StepType

HOUR = {"amount": 1, "unit": "hours"}


def test_cron_constants_are_strings_with_novus_values() -> None:
    assert CronExpression.EVERY_WEEKDAY == "0 0 * * 1-5"
    assert f"{CronExpression.MONDAY_TO_FRIDAY_AT_09_30AM}" == "0 30 09 * * 1-5"
    assert str(CronExpression.EVERY_30_MINUTES) == "0 */30 * * * *"
    assert len(list(CronExpression)) == 84


def test_units_are_novus() -> None:
    assert [str(unit) for unit in Unit] == ["seconds", "minutes", "hours", "days", "weeks", "months"]


@pytest.mark.parametrize(
    ("cron", "message"),
    [
        ("61 * * * *", "cron `61 * * * *` is not valid: minute `61` is outside 0-59"),
        ("", "cron is empty; use five fields"),
        ("   ", "cron is empty"),
        ("0 0 31 2 *", "cron `0 0 31 2 *` never matches"),
        ("0 0 31 4,6 *", "never matches"),
        ("* * *", "has 3 field(s)"),
        ("* * * * * * *", "has 7 field(s)"),
        ("0 24 * * *", "hour `24` is outside 0-23"),
        ("60 0 0 * * *", "second `60` is outside 0-59"),
        ("0 0 0 * *", "day `0` is outside 1-31"),
        ("0 0 1 13 *", "month `13` is outside 1-12"),
        ("0 0 * * 8", "weekday `8` is outside 0-7"),
        ("0 22-2 * * *", "hour `22-2` runs backwards; use two ranges, such as `22-23,0-2`"),
        ("*/0 * * * *", "minute `*/0` has the step 0"),
        ("0 0 * * 1#6", "weekday `1#6` must be"),
        ("0 0 1 January *", "month `january` cannot be read"),
        ("1,,2 * * * *", "minute `` cannot be read"),
        ("0 0 L, * *", "day `` cannot be read"),
        ("hourly", "has 1 field(s)"),
        ("٣ * * * *", "cannot be read"),
        ("9" * 900 + " * * * *", "cannot be read"),
        ("9" * 5000 + " * * * *", "is longer than 1000 characters"),
        (None, "cron is missing"),
        (5, "cron is 5; use a string"),
        (["* * * * *"], "cron is of type list"),
    ],
)
def test_an_impossible_cron_is_refused_with_its_reason(cron: Any, message: str) -> None:
    with pytest.raises(ScheduleInvalidError, match=re.escape(message)):
        check_cron(cron)


@pytest.mark.parametrize(
    ("amount", "unit", "message"),
    [
        (0, "hours", "amount is 0; use a finite number greater than 0"),
        (-5, "hours", "amount is -5"),
        (-0.0, "hours", "amount is -0.0"),
        (True, "hours", "amount is of type bool"),
        (None, "hours", "amount is missing"),
        ("5", "hours", "amount is `5`; use a number"),
        (math.nan, "hours", "amount is nan"),
        (math.inf, "hours", "amount is inf"),
        (-math.inf, "hours", "amount is -inf"),
        (1, "years", "unit is `years`; use one of seconds, minutes, hours, days, weeks, months"),
        (1, None, "unit is missing"),
        (1, 3, "unit is 3"),
        (1, ["hours"], "unit is of type list"),
        (1e300, "seconds", "more than 1000 years"),
        (10**400, "months", "more than 1000 years"),
        (10**12, "days", "more than 1000 years"),
        (1e-12, "seconds", "less than a microsecond"),
    ],
)
def test_an_amount_that_is_no_length_of_time_is_refused(amount: Any, unit: Any, message: str) -> None:
    with pytest.raises(ScheduleInvalidError, match=re.escape(message)):
        check_amount(amount, unit)


@pytest.mark.parametrize("amount", [1, 0.5, 10**6])
def test_positive_amounts_are_accepted(amount: float) -> None:
    check_amount(amount, "minutes")
    check_amount(amount, Unit.SECONDS)


@pytest.mark.parametrize(
    ("step_type", "config"),
    [
        (StepType.DIGEST, HOUR),
        (StepType.DIGEST, {**HOUR, "type": "regular", "digestKey": "post-1", "extendToSchedule": True}),
        (StepType.DIGEST, {**HOUR, "lookBackWindow": {"amount": 5, "unit": "minutes"}}),
        (StepType.DIGEST, {"cron": CronExpression.EVERY_HOUR, "type": "timed", "amount": None}),
        (StepType.DELAY, {"cron": "0 0 9 * * 1-5"}),
        (StepType.DELAY, {"dynamicKey": "payload.due", "type": "dynamic"}),
        (StepType.THROTTLE, {"type": "fixed", "amount": 1, "unit": "days", "threshold": 3, "throttleKey": "x"}),
        (StepType.THROTTLE, {"amount": 1, "unit": "minutes", "threshold": 2.0}),
        (StepType.THROTTLE, {"type": "dynamic", "dynamicKey": "payload.until"}),
        (StepType.EMAIL, {"amount": -1}),
    ],
)
def test_a_sound_schedule_passes(step_type: StepType, config: dict[str, Any]) -> None:
    check_schedule(step_type, config)


@pytest.mark.parametrize(
    ("step_type", "config", "message"),
    [
        (StepType.DIGEST, {}, 'no time is given; use {"amount": 1, "unit": "hours"} or {"cron": "0 9 * * 1-5"}.'),
        (StepType.DIGEST, {**HOUR, "cron": "* * * * *"}, "amount 1 and cron `* * * * *` are both given"),
        (StepType.DIGEST, {"unit": "hours", "cron": "* * * * *"}, "unit `hours` and cron `* * * * *` are both given"),
        (StepType.DIGEST, {"amount": 1}, "unit is missing"),
        (StepType.DIGEST, {"unit": "hours"}, "amount is missing"),
        (StepType.DIGEST, {"cron": ""}, "cron is empty"),
        (StepType.DIGEST, {"cron": 5}, "cron is 5"),
        (StepType.DIGEST, {"dynamicKey": "payload.due"}, "no time is given"),
        (StepType.DIGEST, {**HOUR, "type": "timed"}, 'type is `timed` but amount is given; write "regular"'),
        (StepType.DIGEST, {**HOUR, "type": "backoff"}, "type is `backoff`"),
        (StepType.DIGEST, {**HOUR, "lookBackWindow": {"amount": 0, "unit": "hours"}}, "lookBackWindow.amount is 0"),
        (StepType.DIGEST, {**HOUR, "lookBackWindow": {"amount": 1}}, "lookBackWindow.unit is missing"),
        (StepType.DIGEST, {**HOUR, "lookBackWindow": 5}, "lookBackWindow is 5"),
        (StepType.DELAY, {}, '{"dynamicKey": "payload.due"}'),
        (StepType.DELAY, {**HOUR, "dynamicKey": "payload.due"}, "amount 1 and dynamicKey `payload.due` are both given"),
        (StepType.DELAY, {"dynamicKey": " "}, "dynamicKey is ` `; use a path"),
        (StepType.DELAY, {"dynamicKey": 5}, "dynamicKey is 5"),
        (StepType.THROTTLE, {"type": "fixed"}, "no time is given"),
        (StepType.THROTTLE, {"amount": 1, "unit": "weeks"}, "unit is `weeks`; use one of minutes, hours, days."),
        (StepType.THROTTLE, {"amount": 1, "unit": "seconds"}, "use one of minutes, hours, days."),
        (StepType.THROTTLE, {**HOUR, "threshold": 0}, "threshold is 0; use a whole number, 1 or more"),
        (StepType.THROTTLE, {**HOUR, "threshold": True}, "threshold is of type bool"),
        (StepType.THROTTLE, {**HOUR, "threshold": 1.5}, "threshold is 1.5"),
        (StepType.THROTTLE, {**HOUR, "threshold": math.nan}, "threshold is nan"),
        (StepType.THROTTLE, {**HOUR, "threshold": "3"}, "threshold is `3`"),
        (StepType.THROTTLE, {**HOUR, "threshold": -(10**5000)}, "threshold is "),
    ],
)
def test_an_unsound_schedule_is_refused_with_what_to_change(
    step_type: StepType, config: dict[str, Any], message: str
) -> None:
    with pytest.raises(ScheduleInvalidError, match=re.escape(message)):
        check_schedule(step_type, config)
