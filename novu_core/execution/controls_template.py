"""The slow path of controls: the one template that a whole object makes, its rendering, repair and reading back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from novu_core.clock import Clock
from novu_core.execution.outcome import ControlsSyntaxError
from novu_core.javascript.jsonrepair import JsonRepairError, jsonrepair
from novu_core.javascript.liquid.serialize import json_stringify
from novu_core.javascript.liquid.templates import Budget, LiquidError, check, render
from novu_core.javascript.text import JS_SPACE, join_surrogates, utf16_units
from novu_core.types import JsonObject

_NAME = r"(?:[^\W_]|[_.-])+"
_TRANSLATION = re.compile(rf"\{{\{{[{JS_SPACE}]*t\.({_NAME})[{JS_SPACE}]*\}}\}}")
_TRANSLATION_ARGUMENT = re.compile(rf"'t\.({_NAME})'")
_MARKER = re.compile(rf"\[T:({_NAME})\]")

_JSON_STRING = "__novuJsonString"


def compile_template(controls: JsonObject, scope: Mapping[str, Any], clock: Clock | None) -> JsonObject:
    """Render controls that hold templates, markers or JSON. Raises as :func:`compile_controls` and ValueError."""
    budget = Budget()
    try:
        template = _template(controls)
        rendered = render(template, scope, budget, clock) if "{{" in template or "{%" in template else template
        if "[T:" in rendered:
            rendered = _MARKER.sub(r"{{t.\1}}", rendered)
        return _with_data(_close(_read(rendered, budget)), budget)
    except LiquidError as error:
        raise ControlsSyntaxError(f"{error.name}: {error}", {"name": error.name}) from error
    except JsonRepairError as error:
        message = f"The rendered controls are not JSON: {error}. Output with | raw must be JSON text itself."
        raise ControlsSyntaxError(message, {"position": error.position}) from error


def check_template(controls: JsonObject) -> None:
    """Raise ControlsSyntaxError where the templates in controls cannot be parsed."""
    try:
        check(_template(controls))
    except LiquidError as error:
        raise ControlsSyntaxError(f"{error.name}: {error}", {"name": error.name}) from error


def _template(controls: JsonObject) -> str:
    template = json_stringify(_open(controls))
    if "t." not in template:
        return template
    return _TRANSLATION_ARGUMENT.sub(r"'[T:\1]'", _TRANSLATION.sub(r"[T:\1]", template))


def _looks_like_json(text: str) -> bool:
    trimmed = text.strip(JS_SPACE)
    return len(trimmed) > 2 and (trimmed[0], trimmed[-1]) in (("{", "}"), ("[", "]"))


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _open(value: Any) -> Any:
    """Replace strings that hold JSON by a marked object, so that what is inside is templated too."""
    if isinstance(value, str):
        if not _looks_like_json(value):
            return value
        try:
            return {_JSON_STRING: True, "value": _open(_decode(value))}
        except ValueError:
            return value
    if isinstance(value, dict):
        return {key: _open(item) for key, item in value.items()}
    return list(map(_open, value)) if isinstance(value, list) else value


def _close(value: Any) -> Any:
    """Turn marked objects back into strings of compact JSON."""
    if isinstance(value, dict):
        if value.get(_JSON_STRING) is True:
            return json_stringify(_close(value.get("value")))
        return {key: _close(item) for key, item in value.items()}
    return list(map(_close, value)) if isinstance(value, list) else value


def _read(rendered: str, budget: Budget) -> Any:
    """Read the rendered text as the peer does, which repairs it first."""
    text = join_surrogates(rendered)
    try:
        value = _decode(text)
    except ValueError:
        return _repaired_json(text, budget)
    # The repair leaves valid JSON alone, except a string with an open bracket just before a closing one. Where it
    # fails on that, and the peer with it, the valid JSON is taken.
    if not _ends_open(text):
        return value
    try:
        return _repaired_json(text, budget)
    except (JsonRepairError, RecursionError):
        return value


def _repaired_json(text: str, budget: Budget) -> Any:
    return _decode(join_surrogates(jsonrepair(utf16_units(text), budget.check_time)))


def _ends_open(text: str) -> bool:
    """Whether in valid JSON a string with an open bracket stands just before the closing one of the same kind."""
    pieces = text.replace("\\\\", "").replace('\\"', "").split('"')  # strings, and what stands between them
    return any(
        piece.count("[") > piece.count("]")
        if after[:1] == "]"
        else after[:1] == "}" and piece.count("{") > piece.count("}")
        for piece, after in zip(pieces[1::2], pieces[2::2], strict=True)
    )


def _with_data(controls: Any, budget: Budget) -> JsonObject:
    """Repair JSON-like strings below ``data``."""
    if not isinstance(controls, dict):
        raise ControlsSyntaxError("The rendered controls are not a JSON object.", {})
    data = controls.get("data")
    return {**controls, "data": _repaired(data, budget)} if isinstance(data, dict) else controls


def _repaired(value: Any, budget: Budget) -> Any:
    if isinstance(value, dict):
        return {key: _repaired(item, budget) for key, item in value.items()}
    if not (isinstance(value, str) and _looks_like_json(value)):
        return value
    try:
        _decode(value)
    except ValueError:
        try:
            return join_surrogates(jsonrepair(utf16_units(value), budget.check_time))
        except (JsonRepairError, RecursionError):
            return value
    return value
