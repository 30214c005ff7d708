"""What people wish to hear, and when: the settings page's form on one side, their preferences on the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from flask_novu import current_novu

CHANNELS = ("email", "in_app")
WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


@dataclass
class Wishes:
    """What the form shows. ``muted``: the name of each notification by its id, and whether it is unwanted."""

    channels: dict[str, bool]
    muted: dict[str, tuple[str, bool]]
    hours: dict[str, str] | None


def wishes_of(user_id: str) -> Wishes:
    """Read what a user has chosen so far."""
    found = current_novu.preferences.effective(user_id)
    chosen = current_novu.preferences.get(user_id).get("channels", {})
    schedule = found.schedule or {}
    day = schedule.get("weeklySchedule", {}).get("monday", {}) if schedule.get("isEnabled") else {}
    return Wishes(
        channels={channel: chosen.get(channel, {}).get("enabled", True) for channel in CHANNELS},
        muted={
            each.workflow_id: (current_novu.registry[each.workflow_id].name, not each.overall.enabled)
            for each in found.workflows
            if not each.fixed
        },
        hours=next(iter(day.get("hours", ())), None),
    )


def save(user_id: str, form: MultiDict[str, str]) -> None:
    """Store what the form says: all of it, or nothing."""
    hours = [{"start": form.get("start", "09:00"), "end": form.get("end", "17:00")}]
    week = {day: {"isEnabled": True, "hours": hours} for day in WORKDAYS}
    everywhere: dict[str, Any] = {
        "channels": {channel: {"enabled": channel in form} for channel in CHANNELS},
        "schedule": {"isEnabled": True, "weeklySchedule": week} if "hours" in form else None,
    }
    muted = form.getlist("muted")
    single = {name: {"all": {"enabled": False} if name in muted else None} for name in wishes_of(user_id).muted}
    current_novu.preferences.set_many(user_id, [(None, everywhere), *single.items()])
