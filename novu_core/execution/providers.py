"""The providers whose requests a step may override, with the peer's schemas (PROTOCOL section 11)."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from novu_core.errors import ProviderNotFoundError
from novu_core.javascript.jsonschema import Validator
from novu_core.types import JsonObject, StepType

_GENERIC: JsonObject = {"type": "object", "properties": {}, "required": [], "additionalProperties": True}


@lru_cache(maxsize=1)
def _providers() -> dict[str, dict[str, JsonObject | None]]:
    text = files("novu_core.execution").joinpath("providers.json").read_text("utf-8")
    data: dict[str, dict[str, Any]] = json.loads(text)
    return data


def provider_schema(step_type: StepType, provider_id: str, is_known: bool = False) -> JsonObject:
    """Return the JSON Schema of what an override gives; ``is_known``: also where Novu has no such provider.

    Raises ProviderNotFoundError for an unknown provider.
    """
    known = _providers().get(step_type.value, {})
    if provider_id not in known and not is_known:
        raise ProviderNotFoundError(provider_id)
    return known.get(provider_id) or _GENERIC


@lru_cache(maxsize=256)
def override_schema(step_type: StepType, provider_id: str, is_known: bool = False) -> Validator:
    """Return the compiled schema of an override. Raises ProviderNotFoundError."""
    return Validator(provider_schema(step_type, provider_id, is_known))
