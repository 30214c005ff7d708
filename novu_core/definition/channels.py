"""What each step type returns and receives: the peer's JSON Schemas (PROTOCOL section 11), and what we add to them."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any, get_args

from novu_core.records.outputs import ContentType
from novu_core.types import JsonObject, StepType

EMPTY: JsonObject = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
"""The schema that stands wherever none was given."""


@lru_cache(maxsize=1)
def _schemas() -> dict[str, dict[str, JsonObject]]:
    text = files("novu_core.definition").joinpath("schemas.json").read_text("utf-8")
    data: dict[str, dict[str, Any]] = json.loads(text)
    return {**data["channel"], **data["action"]}


def output_schema(step_type: StepType) -> JsonObject:
    """The closed schema of what a step's resolver returns. ``custom`` and ``http_request`` steps bring their own."""
    return _schemas().get(step_type.value, {}).get("output", EMPTY)


def result_schema(step_type: StepType) -> JsonObject:
    """The schema of what later code reads of a step of this type."""
    return _schemas().get(step_type.value, {}).get("result", EMPTY)


_STRING: JsonObject = {"type": "string"}
_HTML: JsonObject = {"html": {"type": "string", "minLength": 1}}
_IN_PLACE_OF_BODY: dict[StepType, JsonObject] = {
    StepType.EMAIL: {"text": _STRING, **_HTML},
    StepType.IN_APP: _HTML,
}
"""What embedded mode reads beside the peer's output: whether something is HTML is said, and never guessed."""
_CONTENT_TYPE: JsonObject = {"content_type": {"type": "string", "enum": list(get_args(ContentType))}}
_MORE: dict[StepType, JsonObject] = {
    StepType.IN_APP: {**_CONTENT_TYPE, "safe_html": {"enum": [False]}},  # it always stays in its box
    StepType.EMAIL: {
        **_CONTENT_TYPE,
        **{key: {} for key in ("replyTo", "cc", "bcc", "envelope_from", "headers")},
        "from": {"type": ["object", "string"], "properties": {"email": _STRING, "name": _STRING}},
        "safe_html": {"type": "boolean"},
        "attachments": {
            "type": "array",
            "items": {"type": "object", "properties": dict.fromkeys(("content", "name", "type", "cid"), _STRING)},
        },
    },
}
"""The rest; addresses and headers are judged by what sends them (:mod:`novu_core.delivery.letter`)."""


def needs_no_body(step_type: StepType, output: Any) -> bool:
    """Whether, in embedded mode, ``output`` has HTML or a text that stands in place of its ``body``."""
    return isinstance(output, dict) and not _IN_PLACE_OF_BODY.get(step_type, {}).keys().isdisjoint(output)


@lru_cache(maxsize=32)
def open_output_schema(step_type: StepType, without_body: bool = False) -> JsonObject:
    """The output schema of embedded mode, with unknown keys allowed: they are kept."""
    opened: JsonObject = _open(output_schema(step_type))
    own = _IN_PLACE_OF_BODY.get(step_type)
    if own is not None:
        opened["properties"].update({**own, **_MORE[step_type]})
    if without_body:
        opened["required"] = [name for name in opened.get("required", ()) if name != "body"]
        opened.pop("anyOf", None)
    return opened


def _open(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _open(value) for key, value in node.items() if not (key == "additionalProperties" and value is False)
        }
    return [_open(item) for item in node] if isinstance(node, list) else node
