"""The validator: a schema compiled once, used many times."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from novu_core.errors import DefinitionError, FieldError, ValidationError
from novu_core.javascript.jsonschema.compiler import Compiler
from novu_core.javascript.jsonschema.values import copy_json

_CACHE_SIZE = 512


class Validator:
    """A compiled JSON Schema. Later changes of ``schema`` do not reach it. It may be shared between threads.

    Raises DefinitionError, saying where, for a schema that is not valid.
    """

    __slots__ = ("_check",)

    def __init__(self, schema: Mapping[str, Any] | bool) -> None:
        if not isinstance(schema, Mapping | bool):
            raise DefinitionError(f"A JSON Schema is an object or a boolean, got {schema!r:.80}")
        try:
            self._check = Compiler(copy_json(schema)).run()
        except RecursionError:
            raise DefinitionError("The JSON Schema is nested too deep") from None

    def validate(self, value: Any) -> list[FieldError]:
        """Return what is wrong with a JSON value, as Ajv says it and in its order; empty where it fits.

        ``value`` is changed in place, also where it does not fit: missing members with a default are filled in,
        additional members that the schema does not allow are removed. Raises ValidationError for a value that is
        nested too deep to be looked at.
        """
        errors: list[FieldError] = []
        try:
            self._check(value, errors)
        except RecursionError:
            message = "The value is nested too deep to be validated."
            raise ValidationError(message, [FieldError("", "must not be nested so deep")]) from None
        return errors


_cache: dict[int, tuple[Mapping[str, Any], Validator]] = {}
_lock = threading.Lock()


def compile_schema(schema: Mapping[str, Any]) -> Validator:
    """Return the Validator of this very schema object, compiling it the first time (as the peer: by identity)."""
    known = _cache.get(id(schema))
    if known is not None:
        return known[1]
    validator = Validator(schema)
    with _lock:
        if len(_cache) >= _CACHE_SIZE:
            _cache.clear()
        # The schema is kept as well, so its id cannot be reused for another one.
        _cache[id(schema)] = (schema, validator)
    return validator


def check_schema(schema: Mapping[str, Any] | bool) -> None:
    """Raise DefinitionError, saying where and why, if the schema is not valid."""
    Validator(schema)
