"""The engine's rules for the executor, where they differ from the bridge's."""

from __future__ import annotations

import re
from typing import Any

from novu_core.delivery.content import html_fields
from novu_core.execution.rendering import Rules
from novu_core.types import StepType

_DOCTYPE = re.compile(r"(?:[\s\ufeff]|<!--(?:(?!-->).)*-->|<\?[^>]*>)*(<!doctype[^>]*>)", re.IGNORECASE | re.DOTALL)
"""As HTML begins: white space, comments and an XML declaration may stand before it."""


def _sanitize(step_type: StepType, output: Any) -> Any:
    """HTML only: the peer's way, every string, damages texts, subjects and URLs (SEMANTICS, Order of gates)."""
    may_be_html = step_type in (StepType.EMAIL, StepType.IN_APP) and isinstance(output, dict)
    for field in html_fields(output) if may_be_html else ():
        output = {**output, field: _harmless(output[field])}
    return output


def _harmless(html: str) -> str:
    """The peer drops most doctypes, and mail readers use quirks mode without one."""
    from novu_core.javascript.html.sanitize import sanitize_html  # its HTML tables load only when used

    found = _DOCTYPE.match(html)
    if found is None:
        return sanitize_html(html)
    return found[1] + sanitize_html(html[: found.start(1)] + html[found.end(1) :])


RULES = Rules(closed=False, sanitize=_sanitize)
