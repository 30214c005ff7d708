"""Compiles a step's controls: Liquid in every string, JSON in strings, translation markers (PROTOCOL section 7).

As in the peer the whole object is one template, so keys may hold Liquid too, and a tag or a variable reaches from one
control into the next. Its output is repaired where it is no JSON, and read back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from novu_core.clock import Clock
from novu_core.execution.outcome import ControlsSyntaxError
from novu_core.types import JsonObject


def laid_over(base: Mapping[str, Any], over: Mapping[str, Any]) -> JsonObject:
    """Return control values with others laid over them: objects are merged at every depth, all else is replaced."""
    both = {name: laid_over(base[name], value) for name, value in over.items()
            if isinstance(value, Mapping) and isinstance(base.get(name), Mapping)}  # fmt: skip
    return {**base, **over, **both}


def compile_controls(controls: JsonObject, scope: Mapping[str, Any], *, clock: Clock | None = None) -> JsonObject:
    """Return the controls with their templates rendered. Raises ControlsSyntaxError.

    ``scope`` holds ``payload, subscriber, actor, context, steps, env, workflow`` as plain JSON values; neither argument
    is changed. ``clock`` tells the time to ``'now' | date``.
    """
    try:
        if _is_plain(controls):
            return {key: _copy(value) for key, value in controls.items()}
        from novu_core.execution.controls_template import compile_template  # an app without templates never needs it

        return compile_template(controls, scope, clock)
    except (RecursionError, ValueError) as error:
        raise ControlsSyntaxError(f"The controls cannot be read: {error}", {}) from error


def check_controls(controls: JsonObject) -> None:
    """Raise ControlsSyntaxError for templates that cannot be parsed, so that nobody stores them."""
    try:
        if not _is_plain(controls):
            from novu_core.execution.controls_template import check_template

            check_template(controls)
    except (RecursionError, ValueError) as error:
        raise ControlsSyntaxError(f"The controls cannot be read: {error}", {}) from error


def _is_plain(value: Any) -> bool:
    """Return whether nothing in the value can be touched by templates, translations, opened JSON or the repair."""
    if isinstance(value, str):
        return not ("{" in value or "[" in value or "'t." in value)
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return True


def _copy(value: Any) -> Any:
    """Copy through JSON's eyes: NaN and the infinities are null."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(map(_copy, value))
    return None if isinstance(value, float) and not math.isfinite(value) else value
