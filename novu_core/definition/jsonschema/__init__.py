"""JSON Schema draft-07, validated exactly as the peer's Ajv 8 does (PROTOCOL sections 6 and 16).

``useDefaults``, ``removeAdditional: "failing"``, ``strict: false``, no coercion, the first error only.
"""

from __future__ import annotations

from novu_core.definition.jsonschema.validator import Validator, check_schema, compile_schema

__all__ = ["Validator", "check_schema", "compile_schema"]
