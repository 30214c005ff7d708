"""The engine's rules for the executor, where they differ from the bridge's."""

from __future__ import annotations

from typing import Any

from novu_core.execution.rendering import Rules
from novu_core.types import StepType


def _sanitize(step_type: StepType, output: Any) -> Any:
    """HTML bodies only: the peer's way, every string, damages subjects and URLs (SEMANTICS, Order of gates)."""
    if (
        step_type in (StepType.EMAIL, StepType.IN_APP)
        and isinstance(output, dict)
        and "<" in str(output.get("body", ""))
    ):
        from novu_core.javascript.html.sanitize import sanitize_html  # its HTML tables load only when used

        return {**output, "body": sanitize_html(output["body"])}
    return output


RULES = Rules(closed=False, sanitize=_sanitize)
