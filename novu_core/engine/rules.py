"""The engine's rules for the executor, where they differ from the bridge's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from novu_core.codec import jsonable
from novu_core.delivery.attachments import stored_attachments
from novu_core.delivery.content import html_fields
from novu_core.engine.parts import Parts
from novu_core.errors import ValidationError
from novu_core.execution.rules import Rules
from novu_core.execution.scope import Scope
from novu_core.templates.language import Language
from novu_core.types import StepType

_DOCTYPE = re.compile(r"(?:[\s\ufeff]|<!--(?:(?!-->).)*-->|<\?[^>]*>)*(<!doctype[^>]*>)", re.IGNORECASE | re.DOTALL)
"""As HTML begins: white space, comments and an XML declaration may stand before it."""


def _sanitize(step_type: StepType, output: Any) -> Any:
    """HTML only: the peer's way, every string, damages texts, subjects and URLs (SEMANTICS, Order of gates)."""
    may_be_html = step_type in (StepType.EMAIL, StepType.IN_APP) and isinstance(output, dict)
    if may_be_html and step_type is StepType.EMAIL and output.get("safe_html"):
        return output
    for field in html_fields(output) if may_be_html else ():
        output = {**output, field: _harmless(output[field], inline_images=step_type is StepType.EMAIL)}
    return output


def _harmless(html: str, *, inline_images: bool) -> str:
    """The peer drops most doctypes, and mail readers use quirks mode without one."""
    from novu_core.javascript.html.sanitize import sanitize_html  # its HTML tables load only when used

    found = _DOCTYPE.match(html)
    if found is None:
        return sanitize_html(html, inline_images=inline_images)
    rest = html[: found.start(1)] + html[found.end(1) :]
    return found[1] + sanitize_html(rest, inline_images=inline_images)


def _prepare(max_bytes: int, step_type: StepType, scope: Scope, output: Mapping[str, Any]) -> Any:
    """Read the attachments of an e-mail, so that every attempt sends the same bytes. Raises ValidationError."""
    if step_type is not StepType.EMAIL:
        return output
    if output["attachments"] is None:
        return {name: value for name, value in output.items() if name != "attachments"}
    attachments, faults = stored_attachments(
        output["attachments"], max_bytes, refuses=partial(_comes_from_outside, scope)
    )
    if faults:
        raise ValidationError("The attachments cannot be sent.", faults)
    return {**output, "attachments": attachments}


def _comes_from_outside(scope: Scope, attachment: Mapping[str, Any]) -> bool:
    """Whether an attachment stands in the run's data as it is: who sends that must not choose files of this machine."""
    try:
        wanted = jsonable(attachment)
    except (TypeError, ValueError, RecursionError):
        return False
    given = (scope.plain_payload, scope.plain_subscriber, scope.context, scope.steps, scope.step_controls)
    return any(_holds(inner, wanted) for data in given if isinstance(data, Mapping) for inner in data.values())


def _holds(data: Any, wanted: Any) -> bool:
    if isinstance(data, Mapping):
        return data == wanted or any(_holds(inner, wanted) for inner in data.values())
    return isinstance(data, list) and any(_holds(inner, wanted) for inner in data)


RULES = Rules(closed=False, sanitize=_sanitize)


def rules_of(parts: Parts) -> Rules:
    """Return the rules of a client."""
    return replace(
        RULES,
        prepare=partial(_prepare, parts.max_attachment_bytes),
        templates=parts.templates,
        language=lambda subscriber: Language.of(subscriber, parts.timezone, parts.clock.now()),
    )
