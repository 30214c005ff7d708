"""One face for every way to describe data: pydantic models, dataclasses, TypedDicts and JSON Schema dicts."""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

import pydantic
import typing_extensions
from pydantic import TypeAdapter

from novu_core.codec import jsonable
from novu_core.errors import DefinitionError, FieldError, ValidationError
from novu_core.types import JsonObject


class Schema(Protocol):
    """Validates values and describes itself as JSON Schema."""

    source: Any
    is_model: bool

    @property
    def json_schema(self) -> JsonObject:
        """The JSON Schema."""
        ...

    def load(self, value: Any) -> tuple[Any, Any]:
        """Return ``(typed, plain)``: what code works with, and the same as JSON with defaults filled in.

        Raises ValidationError with every fault. ``value`` is not changed.
        """
        ...


class JsonSchema:
    """A JSON Schema dict, validated as the peer's Ajv does (PROTOCOL section 6)."""

    is_model = False

    def __init__(self, source: Mapping[str, Any]) -> None:
        from novu_core.definition.jsonschema import Validator  # for who writes JSON Schema

        self.source = source
        self.json_schema: JsonObject = copy.deepcopy(dict(source))
        self._validator = Validator(self.json_schema)

    def load(self, value: Any) -> tuple[Any, Any]:
        """Return the validated copy twice: here the typed form is the plain one."""
        plain = jsonable(value)
        errors = self._validator.validate(plain)
        if errors:
            raise ValidationError("The value does not fit its schema.", errors)
        return plain, plain


class ModelSchema:
    """A pydantic model, a dataclass or a TypedDict, validated by pydantic."""

    is_model = True

    def __init__(self, source: Any) -> None:
        self.source = source
        try:
            self._adapter: TypeAdapter[Any] = TypeAdapter(_typed_dict(source))
            self._json_schema: JsonObject = self._adapter.json_schema()
        except pydantic.errors.PydanticUserError as error:
            raise DefinitionError(f"{source!r} can not be used as a schema: {error.message}") from error

    @property
    def json_schema(self) -> JsonObject:
        """The JSON Schema that pydantic exports."""
        return self._json_schema

    def load(self, value: Any) -> tuple[Any, Any]:
        """Return the model instance (or typed dict) and its JSON form."""
        try:
            typed = self._adapter.validate_python(value)
        except pydantic.ValidationError as error:
            faults = [FieldError(_pointer(fault["loc"]), fault["msg"]) for fault in error.errors(include_url=False)]
            raise ValidationError("The value does not fit its schema.", faults) from None
        return typed, self._adapter.dump_python(typed, mode="json", by_alias=True)


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def _typed_dict(source: Any) -> Any:
    """Rebuild a ``typing.TypedDict``, which pydantic refuses before Python 3.12, as the one of typing_extensions."""
    if sys.version_info >= (3, 12) or not typing_extensions.is_typeddict(source):
        return source
    required = source.__required_keys__
    fields = {
        name: hint if name in required else typing_extensions.NotRequired[hint]
        for name, hint in typing_extensions.get_type_hints(source).items()
    }
    make: Any = vars(typing_extensions)["TypedDict"]  # called with run-time names, which type checkers refuse
    return make(source.__name__, fields)


@lru_cache(maxsize=1024)
def _model(source: Any) -> ModelSchema:
    return ModelSchema(source)


def schema_of(source: Any, *, where: str = "schema") -> Schema | None:
    """Return the Schema for what a user gave, or None where nothing (or a bare ``dict``) was given.

    Raises DefinitionError, naming ``where``, for anything that describes no data.
    """
    if source is None or source is dict or source is Any or source is Mapping:
        return None
    if isinstance(source, Mapping):
        return JsonSchema(source)
    if isinstance(source, JsonSchema | ModelSchema):
        return source
    if typing_extensions.get_origin(source) in (dict, Mapping):
        return None
    if (
        (isinstance(source, type) and source is not object)
        or typing_extensions.is_typeddict(source)
        or typing_extensions.get_origin(source)
    ):
        try:
            return _model(source)
        except TypeError as error:
            raise DefinitionError(f"{where}: {source!r} can not be used as a schema: {error}") from error
    raise DefinitionError(
        f"{where}: {source!r} is not a schema; give a pydantic model, a dataclass, a TypedDict or a JSON Schema dict."
    )


def unknown_fields(schema: Schema, values: Mapping[str, Any]) -> list[FieldError]:
    """Return one fault for each key of ``values`` that ``schema`` does not name (SEMANTICS, Controls)."""
    known = schema.json_schema.get("properties", {})
    names = ", ".join(f"`{name}`" for name in known) or "none"
    return [
        FieldError(_pointer((key,)), f"unknown field; the control schema has {names}")
        for key in values
        if key not in known
    ]
