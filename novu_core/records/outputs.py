"""What the resolvers of steps return, as types; and a template in the place of a text."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, Literal

from typing_extensions import NotRequired, TypedDict

from novu_core.types import JsonObject

Unit = Literal["seconds", "minutes", "hours", "days", "weeks", "months"]


class Sender(TypedDict, total=False):
    """Who an e-mail comes from."""

    email: str
    name: str


class Person(TypedDict):
    """An address with a name."""

    email: str
    name: NotRequired[str]


class FileOutput(TypedDict, total=False):
    """A file that goes with an e-mail: ``content``, or ``path``, which is read when the step's output is made.

    ``name`` and ``type`` are guessed from each other and from the path where they are missing; ``cid``: HTML shows it
    as ``<img src="cid:...">``. ``file`` (bytes or base64) and ``mime`` are Novu's names.
    """

    content: bytes
    path: str | PathLike[str]
    name: str
    type: str
    cid: str
    file: bytes | str
    mime: str


ContentType = Literal["text/plain", "text/html"]
Addresses = str | Person | list[str | Person]
"""An address, ``a@b.c`` or ``Name <a@b.c>``, or several."""

EmailOutput = TypedDict(
    "EmailOutput",
    {
        "subject": str,
        "body": NotRequired[str],
        "text": NotRequired[str],
        "html": NotRequired[str],
        "content_type": NotRequired[ContentType],
        "safe_html": NotRequired[bool],
        "from": NotRequired[Sender | str],
        "from_": NotRequired[Sender | str],
        "envelope_from": NotRequired[str],
        "replyTo": NotRequired[Addresses],
        "reply_to": NotRequired[Addresses],
        "cc": NotRequired[Addresses],
        "bcc": NotRequired[Addresses],
        "headers": NotRequired[Mapping[str, str]],
        "attachments": NotRequired[list[FileOutput]],
        "preheader": NotRequired[str],
        "useProviderDefaults": NotRequired[bool],
        "use_provider_defaults": NotRequired[bool],
    },
)
"""An e-mail: a subject, and a body, a text or HTML. Over the bridge only what Novu knows of it."""


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


class Template:
    """A template of the app in place of a text that a step returns: ``{"subject": Template("mail/subject.txt", n=3)}``.

    ``context``: variables of its own, over those of the step.
    """

    def __init__(self, name: str, /, **context: Any) -> None:
        self.name = name
        self.context = context

    def __repr__(self) -> str:
        return f"Template({self.name!r})"
