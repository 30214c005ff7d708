"""The forms in which digest, delay and throttle steps are given their time, and the checks of those forms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from novu_core.errors import ScheduleInvalidError
from novu_core.schedules.cron import parse_cron
from novu_core.types import JsonObject, StepType, Text


class Unit(Text):
    """The units of an amount; a week is 7 days and a month 30 (SEMANTICS, Digest)."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400, "weeks": 7 * 86_400, "months": 30 * 86_400}
_THROTTLE_UNITS = ("minutes", "hours", "days")
# Far enough for any notification, and near enough that today plus this is a date that Python can represent.
_LONGEST_SECONDS = 1000 * 365 * 86_400
_TYPES = {
    StepType.DIGEST: {"regular": "amount", "timed": "cron"},
    StepType.DELAY: {"regular": "amount", "timed": "cron", "dynamic": "dynamicKey"},
    StepType.THROTTLE: {"fixed": "amount", "dynamic": "dynamicKey"},
}
_EXAMPLES = {
    "amount": '{"amount": 1, "unit": "hours"}',
    "cron": '{"cron": "0 9 * * 1-5"}',
    "dynamicKey": '{"dynamicKey": "payload.due"}',
}


def check_cron(expression: object) -> None:
    """Raise ScheduleInvalidError unless ``expression`` is a cron expression that matches some date."""
    if not isinstance(expression, str):
        raise ScheduleInvalidError(f"cron is {_show(expression)}; use a string, for example `0 9 * * 1-5`.")
    parse_cron(str(expression))


def check_amount(amount: object, unit: object) -> timedelta:
    """Return the length of ``amount`` times ``unit``.

    Raises ScheduleInvalidError unless the amount is a finite number above zero (and not a bool), the unit one
    of ``Unit``, and the product not longer than 1000 years and not shorter than a microsecond.
    """
    return _length(amount, unit, "", tuple(_SECONDS))


def check_schedule(step_type: StepType, config: JsonObject) -> None:
    """Check the configuration of a digest, delay or throttle step as its resolver returned it (camelCase keys).

    Raises ScheduleInvalidError; its message names the field and reads well after ``Step `x`: ``. Other step types
    pass. Fields that have nothing to do with time (``digestKey``, ``throttleKey``) are left to the output schema.
    """
    if step_type not in _TYPES:
        return
    form = _form(step_type, config)
    if form == "cron":
        check_cron(config["cron"])
    elif form == "dynamicKey":
        _check_path(config["dynamicKey"])
    else:
        units = _THROTTLE_UNITS if step_type is StepType.THROTTLE else tuple(_SECONDS)
        _length(config.get("amount"), config.get("unit"), "", units)
    if step_type is StepType.DIGEST and config.get("lookBackWindow") is not None:
        window = config["lookBackWindow"]
        if not isinstance(window, Mapping):
            raise ScheduleInvalidError(f"lookBackWindow is {_show(window)}; use {_EXAMPLES['amount']}.")
        _length(window.get("amount"), window.get("unit"), "lookBackWindow.", tuple(_SECONDS))
    if step_type is StepType.THROTTLE and config.get("threshold") is not None:
        _check_threshold(config["threshold"])


def _form(step_type: StepType, config: JsonObject) -> str:
    """Return which of ``amount``, ``cron`` and ``dynamicKey`` the configuration uses, exactly one."""
    forms = _TYPES[step_type]
    fields = {"amount": ("amount", "unit"), "cron": ("cron",), "dynamicKey": ("dynamicKey",)}
    used = [form for form in forms.values() if any(config.get(field) is not None for field in fields[form])]
    choice = " or ".join(_EXAMPLES[form] for form in forms.values())
    if not used:
        raise ScheduleInvalidError(f"no time is given; use {choice}.")
    if len(used) > 1:
        named = [next(field for field in fields[form] if config.get(field) is not None) for form in used]
        given = " and ".join(f"{field} {_show(config[field])}" for field in named)
        raise ScheduleInvalidError(f"{given} are both given; use only one of {' and '.join(used)}.")
    kind = config.get("type")
    if kind is not None and forms.get(str(kind)) != used[0]:
        wanted = next(name for name, form in forms.items() if form == used[0])
        raise ScheduleInvalidError(f'type is {_show(kind)} but {used[0]} is given; write "{wanted}" or leave type out.')
    return used[0]


def _length(amount: object, unit: object, prefix: str, units: tuple[str, ...]) -> timedelta:
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise ScheduleInvalidError(f"{prefix}amount is {_show(amount)}; use a number greater than 0.")
    if not amount > 0 or (isinstance(amount, float) and math.isinf(amount)):
        raise ScheduleInvalidError(f"{prefix}amount is {_show(amount)}; use a finite number greater than 0.")
    if not isinstance(unit, str) or str(unit) not in units:
        raise ScheduleInvalidError(f"{prefix}unit is {_show(unit)}; use one of {', '.join(units)}.")
    # Compared before it is multiplied: an amount may be an integer that no float can hold.
    if amount > _LONGEST_SECONDS / _SECONDS[str(unit)]:
        raise ScheduleInvalidError(f"{prefix}amount is {_show(amount)} {unit}; that is more than 1000 years away.")
    length = timedelta(seconds=amount * _SECONDS[str(unit)])
    if not length:
        raise ScheduleInvalidError(f"{prefix}amount is {_show(amount)} {unit}; that is less than a microsecond.")
    return length


def _check_path(path: object) -> None:
    if not isinstance(path, str) or not path.strip():
        raise ScheduleInvalidError(f"dynamicKey is {_show(path)}; use a path to the value, for example `payload.due`.")


def _check_threshold(threshold: object) -> None:
    whole = isinstance(threshold, int) or (isinstance(threshold, float) and threshold.is_integer())
    if isinstance(threshold, bool) or not whole or threshold < 1:  # type: ignore[operator] # whole says that it is a number
        raise ScheduleInvalidError(f"threshold is {_show(threshold)}; use a whole number, 1 or more.")


def _show(value: Any) -> str:
    """Return a value as an error message quotes it: short, whatever it is."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return f"`{value[:80]}`"
    if isinstance(value, int | float) and not isinstance(value, bool):
        # An integer of thousands of digits cannot be printed (sys.set_int_max_str_digits), nor would it help.
        return str(value) if isinstance(value, float) or abs(value) < 10**18 else f"over {10**18:.0e}"
    return f"of type {type(value).__name__}"
