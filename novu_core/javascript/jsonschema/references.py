"""Where a ``$ref`` leads: JSON pointers, ``$id`` and ``$anchor`` inside one schema document."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin

from novu_core.errors import DefinitionError
from novu_core.javascript.jsonschema.node import RULES

_LISTS = ("items", "allOf", "anyOf", "oneOf")
_MAPS = ("$defs", "definitions", "properties", "patternProperties", "dependencies")
_REFERRING = ("$ref", "$recursiveRef", "$recursiveAnchor", "$dynamicRef", "$dynamicAnchor")
_NO_SCHEMAS = frozenset(["default", "enum", "const", "examples", "required"])


class Target(NamedTuple):
    """A schema that was referred to, and the base URI that holds around it."""

    schema: Any
    base: str


def resolve_id(base: str, reference: str) -> str:
    """Resolve a reference against a base URI; an empty fragment is dropped."""
    reference = reference[:-1] if reference.endswith("#") else reference.removesuffix("#/")
    if reference.startswith("#"):
        # urljoin does not handle fragments of schemes such as urn:.
        return base.partition("#")[0] + reference
    return urljoin(base, reference) if reference else base


def holds_reference(schema: Any) -> bool:
    """Whether a ``$ref`` stands anywhere inside (Ajv then compiles a function of its own)."""
    if isinstance(schema, list):
        return any(holds_reference(item) for item in schema)
    return isinstance(schema, dict) and any(
        key in _REFERRING or holds_reference(member) for key, member in schema.items()
    )


class References:
    """Finds what ``$ref`` means in one document."""

    def __init__(self, root: Any) -> None:
        self.root = root
        own_id = root.get("$id") if isinstance(root, dict) else None
        self.root_id = resolve_id("", own_id) if isinstance(own_id, str) else ""
        self._targets: dict[str, Target] = {}
        self._index(root, "")

    def resolve(self, base: str, reference: str) -> Target | None:
        """Return the schema that ``reference`` names, seen from ``base``; None if there is none."""
        seen: set[str] = set()
        target = None
        uri = resolve_id(base, reference)
        while uri not in seen:
            seen.add(uri)
            found = self._find(uri)
            if found is None or found.schema is self.root:
                return target or found
            target = found
            if not isinstance(found.schema, dict) or not _only_refers(found.schema):
                return target
            # A schema that only refers is passed through, as Ajv does.
            uri = resolve_id(found.base, found.schema["$ref"])
        raise DefinitionError(f"The JSON Schema is invalid: $ref `{reference}` leads back to itself")

    def _find(self, uri: str) -> Target | None:
        if uri in self._targets:
            return self._targets[uri]
        document, _, fragment = uri.partition("#")
        target = self._targets.get(document)
        if target is None or not fragment.startswith("/"):
            return None
        schema, base = target.schema, document
        for part in fragment[1:].split("/"):
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(schema, list) and key.isdecimal() and int(key) < len(schema):
                schema = schema[int(key)]
            elif isinstance(schema, dict) and key in schema:
                if schema is not target.schema and isinstance(schema.get("$id"), str):
                    base = resolve_id(base, schema["$id"])
                schema = schema[key]
            else:
                return None
        return Target(schema, base)

    def _index(self, schema: Any, base: str) -> None:
        """Enter each ``$id`` and ``$anchor`` of a schema and of those inside it."""
        if not isinstance(schema, dict):
            return
        inner = base
        if schema is self.root:
            inner = self.root_id
            self._targets[inner] = Target(schema, "")
        elif isinstance(schema.get("$id"), str):
            inner = resolve_id(base, schema["$id"])
            self._enter(inner, Target(schema, base))
        if isinstance(schema.get("$anchor"), str):
            self._enter(resolve_id(inner, "#" + schema["$anchor"]), Target(schema, base))
        for key, member in schema.items():
            if key in _MAPS and isinstance(member, dict):
                for part in member.values():
                    self._index(part, inner)
            elif isinstance(member, list) and key in _LISTS:
                for part in member:
                    self._index(part, inner)
            elif key not in _NO_SCHEMAS:
                self._index(member, inner)

    def _enter(self, uri: str, target: Target) -> None:
        if uri == target.base:
            return
        if uri in self._targets:
            raise DefinitionError(f"The JSON Schema is invalid: `{uri}` names more than one schema")
        self._targets[uri] = target


def _only_refers(schema: dict[str, Any]) -> bool:
    return isinstance(schema.get("$ref"), str) and RULES.isdisjoint(schema.keys() - {"$ref"})
