"""What each step type returns and receives: the peer's JSON Schemas (PROTOCOL section 11), and the same as types."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args

from typing_extensions import NotRequired, TypedDict

from novu_core.types import JsonObject, StepType

Unit = Literal["seconds", "minutes", "hours", "days", "weeks", "months"]


class Sender(TypedDict, total=False):
    """Who an e-mail comes from."""

    email: str
    name: str


ContentType = Literal["text/plain", "text/html"]

EmailOutput = TypedDict(
    "EmailOutput",
    {
        "subject": str,
        "body": NotRequired[str],
        "text": NotRequired[str],
        "html": NotRequired[str],
        "content_type": NotRequired[ContentType],
        "from": NotRequired[Sender],
        "replyTo": NotRequired[str],
        "preheader": NotRequired[str],
        "useProviderDefaults": NotRequired[bool],
    },
)


class Redirect(TypedDict):
    """Where a click leads."""

    url: str
    target: NotRequired[Literal["_self", "_blank", "_parent", "_top", "_unfencedTop"]]


class Action(TypedDict):
    """A button of an in-app message."""

    label: str
    redirect: NotRequired[Redirect]


class InAppOutput(TypedDict, total=False):
    """An in-app message: a subject or a body, or both. ``html`` and ``content_type`` in embedded mode only."""

    subject: str
    body: str
    html: str
    content_type: ContentType
    avatar: str
    primaryAction: Action
    secondaryAction: Action
    redirect: Redirect
    data: JsonObject


class BodyOutput(TypedDict):
    """What an SMS or a tool step sends."""

    body: str


class PushOutput(TypedDict):
    """A push notification."""

    subject: str
    body: str


class ChatOutput(TypedDict, total=False):
    """A chat message: a body or a card."""

    body: str
    card: JsonObject


class LookBackWindow(TypedDict):
    """How far back an earlier event lets a digest begin."""

    amount: float
    unit: Unit


class DigestOutput(TypedDict, total=False):
    """A digest's window: ``amount`` and ``unit``, or ``cron``. Python's spellings are read in embedded mode only."""

    type: Literal["regular", "timed"]
    amount: float
    unit: Unit
    cron: str
    digestKey: str | int | float
    digest_key: str | int | float
    lookBackWindow: LookBackWindow
    look_back_window: LookBackWindow
    extendToSchedule: bool
    extend_to_schedule: bool


class DelayOutput(TypedDict, total=False):
    """A delay: ``amount`` and ``unit``, or ``cron``, or ``dynamicKey``."""

    type: Literal["regular", "timed", "dynamic"]
    amount: float
    unit: Unit
    cron: str
    dynamicKey: str
    dynamic_key: str
    extendToSchedule: bool
    extend_to_schedule: bool


class ThrottleOutput(TypedDict, total=False):
    """A throttle: ``threshold`` runs (default 1) within ``amount`` x ``unit``, or until what ``dynamicKey`` holds.

    Novu needs its ``type``; embedded mode sees it.
    """

    type: Literal["fixed", "dynamic"]
    amount: float
    unit: Literal["minutes", "hours", "days"]
    dynamicKey: str
    dynamic_key: str
    threshold: int
    throttleKey: str | int | float
    throttle_key: str | int | float


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


_HTML: JsonObject = {"html": {"type": "string", "minLength": 1}}
_IN_PLACE_OF_BODY: dict[StepType, JsonObject] = {
    StepType.EMAIL: {"text": {"type": "string"}, **_HTML},
    StepType.IN_APP: _HTML,
}
"""What embedded mode reads beside the peer's output: whether something is HTML is said, and never guessed."""
_CONTENT_TYPE: JsonObject = {"content_type": {"type": "string", "enum": list(get_args(ContentType))}}


def needs_no_body(step_type: StepType, output: Any) -> bool:
    """Whether, in embedded mode, ``output`` has HTML or a text that stands in place of its ``body``."""
    return isinstance(output, dict) and not _IN_PLACE_OF_BODY.get(step_type, {}).keys().isdisjoint(output)


@lru_cache(maxsize=32)
def open_output_schema(step_type: StepType, without_body: bool = False) -> JsonObject:
    """The output schema of embedded mode, with unknown keys allowed: they are kept."""
    opened: JsonObject = _open(output_schema(step_type))
    own = _IN_PLACE_OF_BODY.get(step_type)
    if own is not None:
        opened["properties"].update({**own, **_CONTENT_TYPE})
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
