"""Which keys of a value a JSON Schema does not name, at any depth (SEMANTICS, Controls)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic.alias_generators import to_camel

from novu_core.definition.schema import pointer_of
from novu_core.errors import FieldError
from novu_core.javascript.jsonschema.references import References
from novu_core.types import JsonObject

_OPEN = ("additionalProperties", "patternProperties", "if", "dependentSchemas", "dependencies")


def unknown_fields(schema: JsonObject, values: Mapping[str, Any]) -> list[FieldError]:
    """Return one fault for each key of ``values`` that ``schema`` does not name.

    An object without named fields, or with a schema for others, may hold any, but for the value itself.
    """
    return list(_unknown(References(schema), [schema], values, ()))


def _unknown(known: References, schemas: list[Any], value: Any, at: tuple[int | str, ...]) -> Iterator[FieldError]:
    found = list(_alternatives(known, schemas, ()))
    if isinstance(value, list):
        items = [part["items"] for part in found if isinstance(part.get("items"), dict)]
        for index, item in enumerate(value if items else []):
            yield from _unknown(known, items, item, (*at, index))
    if not isinstance(value, Mapping) or any(part.get(word) for part in found for word in _OPEN):
        return
    fields: dict[str, list[Any]] = {}
    for part in found:
        for name, field in part.get("properties", {}).items():
            fields.setdefault(name, []).append(field)
    if not fields and at:
        return
    for key, item in value.items():
        if key in fields:
            yield from _unknown(known, fields[key], item, (*at, key))
        elif not (at and to_camel(str(key)) in fields):  # a model's field by its Python name
            names = ", ".join(f"`{name}`" for name in fields) or "none"
            yield FieldError(pointer_of((*at, key)), f"unknown field; the control schema has {names}")


def _alternatives(known: References, schemas: Iterable[Any], seen: tuple[str, ...]) -> Iterator[JsonObject]:
    """Each schema that may describe a value: references are followed, and all branches are taken."""
    for schema in schemas:
        if not isinstance(schema, dict):
            continue
        yield schema
        for word in ("anyOf", "oneOf", "allOf"):
            yield from _alternatives(known, schema.get(word, ()), seen)
        reference = schema.get("$ref")
        if reference is not None and reference not in seen:
            target = known.resolve(known.root_id, reference)
            yield from _alternatives(known, [target and target.schema], (*seen, reference))
