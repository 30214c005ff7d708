"""Where the bridge and the engine differ, for the one executor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from novu_core.clock import SystemClock
from novu_core.codec import jsonable
from novu_core.execution.scope import Scope
from novu_core.templates.base import NO_TEMPLATES, Templates
from novu_core.templates.language import Language
from novu_core.types import StepType


def _language(subscriber: Any) -> Language:
    return Language.of(subscriber, "UTC", SystemClock().now())


@dataclass(frozen=True)
class Rules:
    """Where the bridge and the engine differ.

    ``closed``: outputs lose unknown keys. ``contain``: the HTML of in-app steps is kept from acting on the page around
    it. ``sanitize`` and ``plain`` make an output harmless, and JSON.
    """

    closed: bool
    sanitize: Callable[[StepType, Any], Any]
    contain: bool = True
    plain: Callable[[Any], Any] = jsonable
    prepare: Callable[[StepType, Scope, Any], Any] | None = None
    templates: Templates = NO_TEMPLATES
    language: Callable[[Any], Language] = _language
