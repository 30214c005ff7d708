"""What a subscriber's preferences come to, for each workflow and channel."""

from __future__ import annotations

from dataclasses import dataclass

from novu_core.records.view import View
from novu_core.types import JsonObject, PreferenceRule


@dataclass(frozen=True, eq=False)
class Decision(View):
    """Whether a channel is open, and the rule that decided it."""

    enabled: bool
    rule: PreferenceRule


@dataclass(frozen=True, eq=False)
class WorkflowPreferences(View):
    """What holds for one workflow, on each channel that a step of it uses. ``fixed``: subscribers cannot change it.

    ``overall``: what holds for a channel of which nothing is said by its name.
    """

    workflow_id: str
    critical: bool
    fixed: bool
    channels: dict[str, Decision]
    overall: Decision


@dataclass(frozen=True, eq=False)
class EffectivePreferences(View):
    """What holds for one subscriber. ``channels``: what was set globally, on each channel that any workflow uses.

    ``schedule``: the hours in which messages may come, None where none were set. ``overall``: as of a workflow.
    """

    channels: dict[str, Decision]
    schedule: JsonObject | None
    workflows: list[WorkflowPreferences]
    overall: Decision
