"""A subscriber's hours as Novu's clients write them: times of 12 hours, and no day that does not exist."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from novu_core.http.shapes.bodies import Shape
from novu_core.types import JsonObject

Time = Annotated[str, Field(pattern=r"^(0?[1-9]|1[0-2]):[0-5][0-9]\s?(AM|PM)$")]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Hours(Shape):
    """A range of a day."""

    start: Time
    end: Time


class DayHours(Shape):
    """One day: closed, open in some hours, or all day."""

    is_enabled: bool
    hours: list[Hours] | None = None


class Schedule(Shape):
    """When messages may come."""

    is_enabled: bool
    weekly_schedule: dict[Day, DayHours] | None = None

    @model_validator(mode="after")
    def _some_days(self) -> Schedule:
        if self.is_enabled and self.weekly_schedule == {}:
            raise ValueError("weeklySchedule must not be empty where the schedule is enabled")
        return self

    def sent(self) -> JsonObject:
        """Return what was sent, without nulls."""
        return self.model_dump(by_alias=True, exclude_none=True)
