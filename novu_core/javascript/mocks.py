"""Stand-ins for data that a preview lacks: from a JSON Schema the same value every time (PROTOCOL section 10)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

from novu_core.errors import NovuError
from novu_core.javascript.jsonschema import Validator
from novu_core.javascript.jsonschema.references import References
from novu_core.javascript.jsonschema.values import copy_json, identity
from novu_core.javascript.mock_strings import PLACEHOLDER, mock_string

_INFERRED = {
    "array": {"additionalItems", "items", "maxItems", "minItems", "uniqueItems"},
    "number": {"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"},
    "object": {
        "additionalProperties", "dependencies", "maxProperties", "minProperties", "patternProperties", "properties",
        "required",
    },
    "string": {"maxLength", "minLength", "pattern", "format"},
}  # fmt: skip
_DEPTH = 12
_MOST_ITEMS = 100
_MOST_FORMS = 64


def mock(schema: Mapping[str, Any]) -> Any:
    """Return a value for a JSON Schema, the same one each time.

    A ``default`` wins, then a ``const``; else a placeholder: ``[placeholder]``, the minimum or 0, false, the first
    member of an enum, one item, the required properties. The value fits the schema wherever that can be met from what
    the schema describes; a required property that it does not describe is left out, as the peer leaves it.
    """
    known = _cache.get(id(schema))
    if known is None:
        document = copy_json(schema)
        if len(_cache) >= _CACHE_SIZE:
            _cache.clear()
        # The schema is kept as well, so its id cannot be reused for another one.
        known = _cache[id(schema)] = schema, _Mocker(document).value(document, 0)
    return copy_json(known[1])


_CACHE_SIZE = 512
_cache: dict[int, tuple[Mapping[str, Any], Any]] = {}


class _Mocker:
    """Mocks the schemas of one document; ``depth`` counts the levels above, which a recursive schema would exhaust."""

    def __init__(self, document: Any) -> None:
        self._references = References(document)
        self._shared = {key: document[key] for key in ("definitions", "$defs") if key in document}

    def value(self, schema: Any, depth: int) -> Any:
        """Return the first form of the schema whose value fits it; where none does, the first."""
        if not isinstance(schema, Mapping):
            return {}
        if depth > _DEPTH:
            return None
        forms = itertools.islice(self._forms(schema, frozenset()), _MOST_FORMS)
        first = self._plain(next(forms, {}), depth)
        other = next(forms, None)
        if other is None or self._fits(first, schema):
            return first
        values = (self._plain(form, depth) for form in itertools.chain([other], forms))
        return next((value for value in values if self._fits(value, schema)), first)

    def _fits(self, value: Any, schema: Mapping[str, Any]) -> bool:
        try:
            return Validator({**self._shared, **schema}).validate(copy_json(value)) == []
        except NovuError:
            return False

    def _forms(self, schema: Any, seen: frozenset[str]) -> Iterator[dict[str, Any]]:
        """Yield the schema with its references and combinations resolved: once for each branch that may be taken.

        ``seen`` holds the references that led here: one that leads back to itself has no form.
        """
        if not isinstance(schema, Mapping):
            yield {}
            return
        rest = dict(schema)
        reference, parts = rest.pop("$ref", None), rest.pop("allOf", ())
        if isinstance(reference, str):
            target = self._references.resolve(self._references.root_id, reference)
            if target is None or reference in seen:
                return
            parts = [target.schema, *parts]
            seen |= {reference}
        if parts:
            for form in self._forms(parts[0], seen):
                yield from self._forms(_merged({**rest, "allOf": parts[1:]}, form), seen)
            return
        branches = [*rest.pop("anyOf", ()), *rest.pop("oneOf", ())]
        clauses = [clause for clause in (rest.pop("then", None), rest.pop("else", None)) if clause]
        declared = rest.get("type")
        if isinstance(declared, list) and not branches:
            yield from ({**rest, "type": name} for name in sorted(declared, key=lambda name: name == "null"))
        elif not branches:
            yield rest
        for branch in [*branches, *clauses]:
            yield from (_merged(rest, form) for form in self._forms(branch, seen))

    def _plain(self, schema: dict[str, Any], depth: int) -> Any:
        for key in ("default", "const"):
            if key in schema:
                return copy_json(schema[key])
        if isinstance(schema.get("enum"), list) and schema["enum"] and not isinstance(schema.get("pattern"), str):
            return copy_json(
                next((member for member in schema["enum"] if self._fits(member, schema)), schema["enum"][0])
            )
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind == "string":
            return mock_string(schema)
        if kind in ("integer", "number"):
            return _number(schema, kind)
        if kind in ("boolean", "null"):
            return False if kind == "boolean" else None
        # The peer answers a schema without a type with its own annotations, such as the title.
        return {key: copy_json(member) for key, member in schema.items() if not isinstance(member, Mapping | None)}

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        described = schema.get("properties", {})
        additional = schema.get("additionalProperties", False)
        additional = {"type": "string"} if additional is True else additional
        chosen = list(schema.get("required", ()))
        if additional is not False and len(chosen) < schema.get("maxProperties", math.inf):
            chosen.append(PLACEHOLDER)
        for key in chosen:
            needed = schema.get("dependencies", {}).get(key, ())
            chosen += (name for name in needed if isinstance(needed, list) and name not in chosen)
        optional = (key for key in described if key not in chosen)
        chosen += itertools.islice(optional, max(0, int(schema.get("minProperties", 0)) - len(chosen)))
        # As the peer does: in the order of the properties, after those that are not among them.
        order = {key: place for place, key in enumerate(described)}
        chosen.sort(key=lambda key: order.get(key, -1))
        schemas = {key: described.get(key, additional) for key in chosen}
        return {key: self.value(member, depth + 1) for key, member in schemas.items() if member is not False}

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        items, contains = schema.get("items"), schema.get("contains")
        least = int(schema.get("minItems", 0))
        if isinstance(items, list):
            values = [self.value(item, depth + 1) for item in items]
        elif not items and not least and contains is None:
            return []
        else:
            usual = max(least, 1 if depth < _DEPTH // 2 else 0)
            count = max(least, min(int(schema.get("maxItems", usual)), _MOST_ITEMS))
            item = self.value({"type": "string"} if items in (None, True, {}) else items, depth + 1)
            values = [copy_json(item) for _ in range(count)]
        if contains is not None and values:
            values[0] = self.value(contains, depth + 1)
        if schema.get("uniqueItems"):
            values = list({identity(value): value for value in values}.values())
        # The peer drops empty objects from arrays.
        filled = [value for value in values if value != {}]
        return filled if len(filled) >= least else values


def _kind(schema: Mapping[str, Any]) -> str:
    declared = schema.get("type")
    if declared is None:
        return next((name for name, keywords in _INFERRED.items() if keywords & schema.keys()), "")
    return str(declared)


def _number(schema: Mapping[str, Any], kind: str) -> float:
    """Return the least number allowed where a minimum is given, else 0, or the greatest below it."""
    step: float = schema.get("multipleOf", 1 if kind == "integer" else 0)
    low: float = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
    high: float = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf))
    upwards = low > -math.inf
    start = low if upwards else min(0, high)
    if step:
        count = _steps(start, step, upwards=upwards)
        tries = [(count + (offset if upwards else -offset)) * step for offset in range(3)]
    elif upwards:
        tries = [start, start + 1, (start + high) / 2]
    else:
        tries = [start, start - 1]
    return next((value for value in tries if _in_bounds(value, schema)), tries[0])


def _steps(start: float, step: float, *, upwards: bool) -> int:
    """Return how many steps lead from 0 to ``start``, rounded into the bounds."""
    if isinstance(start, int) and isinstance(step, int):  # beyond 2**53 their quotient is not exact
        return -(-start // step) if upwards else start // step
    return math.ceil(start / step) if upwards else math.floor(start / step)


def _in_bounds(value: float, schema: Mapping[str, Any]) -> bool:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    above, below = schema.get("exclusiveMinimum", -math.inf), schema.get("exclusiveMaximum", math.inf)
    return bool(low <= value <= high and above < value < below)


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return both schemas in one: objects member by member, ``required`` lists together, else the second's."""
    merged = dict(first)
    for key, value in second.items():
        known = merged.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(known, value)
        elif key == "required" and isinstance(known, list) and isinstance(value, list):
            merged[key] = [*known, *(name for name in value if name not in known)]
        else:
            merged[key] = value
    return merged
