"""Puts the keywords of a schema together: for each type of value one flat row of checks, in Ajv's order."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from novu_core.errors import DefinitionError, FieldError
from novu_core.javascript.jsonschema.arrays import ARRAY, fill_items
from novu_core.javascript.jsonschema.combining import ANY
from novu_core.javascript.jsonschema.metaschema import DRAFT_07, DRAFT_07_ID
from novu_core.javascript.jsonschema.node import Check, Errors, Keyword, Node, assertion
from novu_core.javascript.jsonschema.objects import OBJECT, fill_properties
from novu_core.javascript.jsonschema.references import References, holds_reference, resolve_id
from novu_core.javascript.jsonschema.scalars import NUMBER, STRING

Row = tuple[Check, ...]

_GROUPS: dict[str, dict[str, Keyword]] = {
    "any": ANY,
    "number": NUMBER,
    "string": STRING,
    "array": ARRAY,
    "object": OBJECT,
}
_FILL: dict[str, Keyword] = {"array": fill_items, "object": fill_properties}
_KINDS = ("null", "boolean", "integer", "number", "string", "array", "object", "other")


class Compiler:
    """Compiles one schema document. ``trusted`` leaves out the check against the meta-schema."""

    def __init__(self, root: Any, *, trusted: bool = False) -> None:
        self._root = root
        self._trusted = trusted
        self._references = References(root)
        self._functions: dict[int, _Function] = {}

    def run(self) -> Check:
        """Compile the document. Raises DefinitionError where it is not valid."""
        self._check_shape(self._root, "#")
        return self._function(self._root, "", "#").check

    def compile(self, node: Node) -> Check:
        """Compile a node; the keywords call this for the schemas inside them."""
        schema = node.schema
        if isinstance(schema, bool):
            return _pass if schema else assertion(node, lambda value: False, "boolean schema is false")
        if "id" in schema:
            raise node.error('the keyword "id" is not supported; use "$id"')
        if isinstance(schema.get("$id"), str):
            node = node._replace(base=resolve_id(node.base, schema["$id"]))
        return _dispatch(_rows(node))

    def reference(self, node: Node) -> Check:
        """Compile ``$ref``: in place, or, where the target refers on, as a call of a function of its own."""
        reference = node.schema["$ref"]
        if resolve_id(node.base, reference).partition("#")[0] == DRAFT_07_ID != self._references.root_id:
            return Compiler(DRAFT_07, trusted=True).reference(node)
        target = self._references.resolve(node.base, reference)
        if target is None:
            raise node.error(f"$ref `{reference}` cannot be resolved inside the schema")
        schema, base = target
        where = f"{node.where}/$ref"
        self._check_shape(schema, where)
        if schema is self._root or holds_reference(schema):
            return self._function(schema, base, where)
        return self.compile(Node(schema, base, where, node.composite, self))

    def _function(self, schema: Any, base: str, where: str) -> _Function:
        function = self._functions.get(id(schema))
        if function is None:
            function = self._functions[id(schema)] = _Function()
            function.check = self.compile(Node(schema, base, where, False, self))
        return function

    def _check_shape(self, schema: Any, where: str) -> None:
        if self._trusted:
            return
        errors: Errors = []
        if not _meta_schema()(schema, errors):
            path, message = errors[0]
            raise DefinitionError(
                f"The JSON Schema is invalid at {where}{path}: {message}, got {_at(schema, path)!r:.80}"
            )


@lru_cache(maxsize=1)
def _meta_schema() -> Check:
    return Compiler(DRAFT_07, trusted=True).run()


def _at(schema: Any, path: str) -> Any:
    for part in path.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        schema = schema[int(key) if isinstance(schema, list) else key]
    return schema


class _Function:
    """A schema that Ajv compiles into a function of its own; it may call itself."""

    check: Check

    def __call__(self, value: Any, errors: Errors) -> bool:
        own: Errors = []
        if self.check(value, own):
            return True
        errors.extend(own)
        return False


def _types(node: Node) -> list[str]:
    declared, nullable = node.schema.get("type", []), node.schema.get("nullable")
    types = [declared] if isinstance(declared, str) else list(declared)
    if "nullable" in node.schema and not isinstance(nullable, bool):
        raise node.error("nullable must be true or false")
    if nullable is False and "null" in types:
        raise node.error("the type null contradicts nullable: false")
    if nullable is not None and not types:
        raise node.error('"nullable" needs a "type" beside it')
    return [*types, "null"] if nullable and "null" not in types else types


def _rows(node: Node) -> dict[str, Row]:
    """Return for each kind of value the checks that it has to pass, one after the other."""
    types = _types(node)
    groups = {name: _group(name, node) for name, keywords in _GROUPS.items() if keywords.keys() & node.schema.keys()}
    # Ajv tests the type first, but where it has keywords for the one type that is allowed, only when their turn comes.
    first = not (len(types) == 1 and types[0] in groups)
    declared = node.schema.get("type", "")
    message = f"must be {declared if isinstance(declared, str) else ','.join(types)}"
    wrong_type = assertion(node, lambda value: False, message)
    rows: dict[str, Row] = {}
    for kind in _KINDS:
        names = {"any", "number", kind} if kind == "integer" else {"any", kind}
        if types and first and names.isdisjoint(types):
            rows[kind] = (_note(message), *groups.get("any", ()), _never) if node.composite else (wrong_type,)
            continue
        row: list[Check] = []
        for name, checks in groups.items():
            row += checks if name in names else [wrong_type] if [name] == types else []
        rows[kind] = tuple(row)
    return rows


def _group(name: str, node: Node) -> Row:
    keywords = [_FILL[name]] if name in _FILL else []
    keywords += [compile_keyword for key, compile_keyword in _GROUPS[name].items() if key in node.schema]
    return tuple(check for compile_keyword in keywords if (check := compile_keyword(node)))


class _Table(dict[type, Row]):
    """Rows by a value's Python type; a type that is not JSON's own gets the row of its base."""

    def __missing__(self, cls: type) -> Row:
        row = self[next((base for base in cls.__mro__ if base in self), object)]
        self[cls] = row
        return row


def _dispatch(rows: dict[str, Row]) -> Check:
    alone = rows["null"]
    if len(alone) == 1 and all(row == alone for row in rows.values()):
        return alone[0]
    table = _Table()
    table[type(None)], table[bool], table[str] = rows["null"], rows["boolean"], rows["string"]
    table[list], table[dict], table[int] = rows["array"], rows["object"], rows["integer"]
    table[float] = rows["number"] if rows["number"] == rows["integer"] else (_floats(rows["integer"], rows["number"]),)
    table[object] = rows["other"]

    def check(value: Any, errors: Errors) -> bool | None:
        for step in table[type(value)]:
            passed = step(value, errors)
            if not passed:
                return passed
        return True

    return check


def _floats(whole: Row, fractional: Row) -> Check:
    """Choose by value: ``1.0`` is an integer in JSON, and to Ajv so is an infinity."""

    def check(value: float, errors: Errors) -> bool | None:
        for step in whole if value % 1 == 0 or math.isinf(value) else fractional:
            passed = step(value, errors)
            if not passed:
                return passed
        return True

    return check


def _note(message: str) -> Check:
    error = FieldError("", message)

    def check(value: Any, errors: Errors) -> bool:
        errors.append(error)
        return True

    return check


def _never(value: Any, errors: Errors) -> bool:
    return False


def _pass(value: Any, errors: Errors) -> bool:
    return True
