"""JSON Schema draft-07, validated exactly as the peer's Ajv 8 does (PROTOCOL sections 6 and 16).

``useDefaults``, ``removeAdditional: "failing"``, ``strict: false``, no coercion, the first error only.

Slips of Ajv that are not copied: it lets ``contains`` and ``uniqueItems`` pass beside a list of ``items`` that the
array is too short for, and ``contains`` for an empty array inside an array; it takes every object to have the
properties that JavaScript gives it (``constructor``, ``toString``). ``$schema`` is not looked at.
"""

from __future__ import annotations

from novu_core.javascript.jsonschema.validator import Validator, check_schema, compile_schema

__all__ = ["Validator", "check_schema", "compile_schema"]
