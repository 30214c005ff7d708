"""Whether a channel is open to a subscriber, and what decided it: the one rule of preferences (SEMANTICS)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.definition.preferences import allows, is_read_only
from novu_core.definition.workflow import Workflow
from novu_core.records.preferences import Decision
from novu_core.types import Channel, PreferenceRule


def is_fixed(workflow: Workflow) -> bool:
    """Whether subscribers have no say in the workflow's channels."""
    return bool(workflow.critical) or is_read_only(workflow.preferences)


def decide(
    workflow: Workflow, channel: Channel | None, own: Mapping[str, Any] | None, everywhere: Mapping[str, Any] | None
) -> Decision:
    """Decide by the workflow and what a subscriber set for it (``own``) and globally (``everywhere``).

    ``channel``: None for one that is not named anywhere.
    """
    default = _said(workflow.preferences, channel)
    if workflow.critical:
        return Decision(True, PreferenceRule.CRITICAL)
    if is_read_only(workflow.preferences):
        return Decision(default is not False, PreferenceRule.READ_ONLY)
    for rule, preferences in (
        (PreferenceRule.SUBSCRIBER_WORKFLOW, own),
        (PreferenceRule.SUBSCRIBER_GLOBAL, everywhere),
    ):
        said = _said(preferences, channel)
        if said is not None:
            return Decision(said, rule)
    if default is not None:
        return Decision(default, PreferenceRule.WORKFLOW)
    return Decision(True, PreferenceRule.DEFAULT)


def decide_everywhere(channel: Channel | None, everywhere: Mapping[str, Any] | None) -> Decision:
    """Decide by what a subscriber set globally, for workflows that say nothing. ``channel``: as of :func:`decide`."""
    said = _said(everywhere, channel)
    if said is None:
        return Decision(True, PreferenceRule.DEFAULT)
    return Decision(said, PreferenceRule.SUBSCRIBER_GLOBAL)


def _said(preferences: Mapping[str, Any] | None, channel: Channel | None) -> bool | None:
    if channel is not None:
        return allows(preferences, channel)
    return allows({"all": (preferences or {}).get("all")}, Channel.EMAIL)  # of which nothing is said by its name
