"""When a digest, a delay or a throttle that begins now would end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from novu_core.definition.output_keys import misspelled
from novu_core.definition.workflow import Workflow
from novu_core.engine.recipient import Recipient
from novu_core.errors import ScheduleInvalidError
from novu_core.schedules import windows
from novu_core.schedules.checks import check_schedule
from novu_core.schedules.hours import next_open
from novu_core.types import JsonObject, StepType

MISSING = object()
"""What stands for a value that is not in the payload."""


def config_of(resolved: Any) -> JsonObject:
    """Return what the resolver of a wait gave, without what is None. Raises ScheduleInvalidError for no object."""
    if not isinstance(resolved, Mapping):
        raise ScheduleInvalidError(
            f"its resolver returned {resolved!r}; return an object such as {{'amount': 1, 'unit': 'hours'}}."
        )
    return {key: value for key, value in resolved.items() if value is not None}


def check_config(step_type: StepType, config: JsonObject) -> None:
    """Raise ScheduleInvalidError for a key or a value that a wait cannot have."""
    told = misspelled(step_type, config)
    if told is not None:
        raise ScheduleInvalidError(told)
    check_schedule(step_type, config)


def due_of(step_type: StepType, config: JsonObject, payload: Any, now: datetime, zone: str) -> datetime:
    """Return when it ends, by the clocks of ``zone``; of a throttle its window. Raises ScheduleInvalidError.

    ``payload``: where a ``dynamicKey`` looks. What it finds may lie in the past.
    """
    if "dynamicKey" in config and step_type is not StepType.DIGEST:
        path = str(config["dynamicKey"])
        value = found_in(payload, path, missing=MISSING)
        if value is MISSING:
            raise ScheduleInvalidError(f"dynamicKey `{path}` is not in the payload; pass it with the trigger.")
        return windows.dynamic_due(value, now)
    if step_type is StepType.DIGEST:
        return windows.digest_due(config, now, zone)
    if step_type is StepType.DELAY:
        return windows.delay_due(config, now, zone)
    return windows.throttle_window(config, now)


def extended(workflow: Workflow, recipient: Recipient, config: JsonObject, due: datetime) -> datetime:
    """Return when the subscriber's next open hours begin, where the step asks to wait for them; else ``due``."""
    if not config.get("extendToSchedule") or workflow.critical or not recipient.schedule:
        return due
    return next_open(recipient.schedule, due.astimezone(recipient.zone)) or due


def found_in(payload: Any, path: str, *, missing: Any) -> Any:
    """Return what stands under a path such as ``payload.order.due``, or ``missing``."""
    for part in path.removeprefix("payload.").split("."):
        if not isinstance(payload, Mapping) or part not in payload:
            return missing
        payload = payload[part]
    return payload
