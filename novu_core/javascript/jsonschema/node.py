"""What the compiled keywords share: a ``Check``, the ``Node`` that is being compiled, paths of errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from novu_core.errors import DefinitionError, FieldError
from novu_core.errors.base import pointer_part
from novu_core.javascript.jsonschema.patterns import PatternError, compile_pattern

Errors = list[FieldError]
Check = Callable[[Any, Errors], "bool | None"]
"""A compiled schema or keyword: given a value and the list of errors it returns True, or appends errors, with paths
relative to that value, and returns something falsy.

Outside ``anyOf`` and its like Ajv leaves the whole function at the first error; such a failure is None. A failure that
Ajv goes on from (inside those keywords, and after a ``$ref`` that is a function of its own) is False. Only ``if`` looks
at the difference.
"""
Keyword = Callable[["Node"], "Check | None"]
"""Compiles one keyword of a node; None if the keyword cannot refuse anything."""

_NAMES = """
    $comment id $ref type nullable const enum not anyOf oneOf allOf if then else
    maximum minimum exclusiveMaximum exclusiveMinimum multipleOf
    maxLength minLength pattern format formatMaximum formatMinimum formatExclusiveMaximum formatExclusiveMinimum
    maxItems minItems additionalItems items contains uniqueItems
    maxProperties minProperties required propertyNames additionalProperties dependencies properties patternProperties
"""
RULES = frozenset(_NAMES.split())
"""The keywords that make a schema one that Ajv compiles at all."""


class Scope(Protocol):
    """The compiler, as the keywords see it."""

    def compile(self, node: Node) -> Check:
        """Compile a node."""
        ...

    def reference(self, node: Node) -> Check:
        """Compile a node's ``$ref``."""
        ...


class Node(NamedTuple):
    """A schema that is being compiled, and where it stands.

    ``composite``: inside a keyword that tries schemas out, where Ajv fills no defaults and goes on after an error.
    """

    schema: Any
    base: str
    where: str
    composite: bool
    scope: Scope

    @property
    def fail(self) -> bool | None:
        """What a check returns where it failed."""
        return False if self.composite else None

    def child(self, *path: str | int, composite: bool = False) -> Check:
        """Compile the schema at ``path`` below this one."""
        schema = self.schema
        for part in path:
            schema = schema[part]
        where = "/".join([self.where, *(pointer_part(part) for part in path)])
        return self.scope.compile(Node(schema, self.base, where, self.composite or composite, self.scope))

    def error(self, message: str) -> DefinitionError:
        """Build the exception for a schema that cannot be compiled."""
        return DefinitionError(f"The JSON Schema is invalid at {self.where}: {message}")

    def search(self, pattern: str) -> Callable[[Any], object]:
        """Compile a JavaScript pattern into its test."""
        try:
            return compile_pattern(pattern)
        except PatternError as error:
            raise self.error(f"the pattern {pattern!r} cannot be used: {error}") from error


def has_rules(schema: Any) -> bool:
    """Whether a schema can refuse anything at all, as Ajv judges it: by its keywords' names."""
    return not schema if isinstance(schema, bool) else not RULES.isdisjoint(schema)


def assertion(node: Node, test: Callable[[Any], object], message: str) -> Check:
    """Return the check that fails with ``message`` where ``test`` is falsy."""
    error, fail = FieldError("", message), node.fail

    def check(value: Any, errors: Errors) -> bool | None:
        if test(value):
            return True
        errors.append(error)
        return fail

    return check


def relocate(errors: Errors, start: int, step: object) -> None:
    """Put ``step`` before the paths of the errors from ``start`` on."""
    prefix = "/" + pointer_part(step)
    for index in range(start, len(errors)):
        path, message = errors[index]
        errors[index] = FieldError(prefix + path, message)


def defaults_of(schemas: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    """Return the keys whose schema has a default, with it."""
    return [
        (key, schema["default"])
        for key, schema in schemas.items()
        if isinstance(schema, Mapping) and "default" in schema
    ]
