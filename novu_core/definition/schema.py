"""One face for every way to describe data: pydantic models, dataclasses, TypedDicts and JSON Schema dicts."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import pydantic
import typing_extensions
from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from novu_core.codec import jsonable
from novu_core.errors import DefinitionError, FieldError, ValidationError
from novu_core.errors.base import pointer_part
from novu_core.types import JsonObject


class Kept(NamedTuple):
    """A value as it is stored. ``plain``: its JSON form; ``source``: what to load, where that form reads otherwise."""

    plain: Any
    source: Any

    @property
    def readable(self) -> Any:
        """The form that ``load`` reads as the same value."""
        return self.plain if self.source is None else self.source


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

    def keep(self, value: Any) -> Kept:
        """Return what is stored of a value, so that ``load`` gives the same typed form again at each wake of a run.

        Raises ValidationError, and DefinitionError where no JSON form of the value can be read as the same.
        """
        ...


class JsonSchema:
    """A JSON Schema dict, validated as the peer's Ajv does (PROTOCOL section 6)."""

    is_model = False

    def __init__(self, source: Mapping[str, Any]) -> None:
        from novu_core.javascript.jsonschema import Validator  # loads only when used

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

    def keep(self, value: Any) -> Kept:
        """Return the validated copy."""
        return Kept(self.load(value)[0], None)


class ModelSchema:
    """A pydantic model, a dataclass or a TypedDict, validated by pydantic."""

    is_model = True

    def __init__(self, source: Any) -> None:
        self.source = source
        try:
            self._adapter: TypeAdapter[Any] = TypeAdapter(_typed_dict(source))
            self._json_schema: JsonObject = self._adapter.json_schema()
        except pydantic.errors.PydanticUserError as error:
            raise DefinitionError(f"{source!r} cannot be used as a schema: {error.message}") from error

    @property
    def json_schema(self) -> JsonObject:
        """The JSON Schema that pydantic exports."""
        return self._json_schema

    def load(self, value: Any) -> tuple[Any, Any]:
        """Return the model instance (or typed dict) and its JSON form."""
        try:
            typed = self._validated(value)
        except pydantic.ValidationError as error:
            faults = [FieldError(pointer_of(fault["loc"]), fault["msg"]) for fault in error.errors(include_url=False)]
            raise ValidationError("The value does not fit its schema.", faults) from None
        return typed, self._adapter.dump_python(typed, mode="json", by_alias=True)

    def _validated(self, value: Any) -> Any:
        try:
            return self._adapter.validate_python(value)
        except pydantic.ValidationError as error:
            try:  # a strict model takes from JSON what JSON cannot say otherwise: dates, enums, tuples
                return self._adapter.validate_json(json.dumps(value))
            except (TypeError, ValueError, RecursionError):
                raise error from None

    def keep(self, value: Any) -> Kept:
        """Return the JSON form, and beside it another one where that one reads otherwise.

        A form is read back and compared: validators may change values each time, computed fields may be refused.
        """
        typed, plain = self.load(value)
        if plain == value:
            return Kept(plain, None)
        reason: ValidationError | None = None
        for source in self._sources(typed, value):
            try:
                again, same = self.load(source)
            except ValidationError as error:
                reason = reason or error
                continue
            if same == plain:
                self._check_shown(typed, again, value, plain)
                return Kept(plain, None if source == plain else source)
        faults = (
            "; ".join(f"{at or '/'}: {told}" for at, told in reason.errors) if reason else "it is read as another value"
        )
        raise self._unreadable(f"cannot be read back from its own JSON form ({faults})")

    def _sources(self, typed: Any, value: Any) -> Iterator[Any]:
        yield self._adapter.dump_python(typed, mode="json", by_alias=True, round_trip=True)
        if not isinstance(value, Mapping):  # an instance, whose validators have run
            return
        try:
            yield to_jsonable_python(value)
        except (TypeError, ValueError, RecursionError):
            return

    def _check_shown(self, typed: Any, again: Any, value: Any, plain: Any) -> None:
        hidden = list(_excluded(typed, again))
        if not list(_masked(value)):
            hidden += _masked(plain)
        if hidden:
            raise self._unreadable(f"hides the field `{hidden[0]}` in its JSON form")

    def _unreadable(self, what: str) -> DefinitionError:
        return DefinitionError(
            f"{getattr(self.source, '__name__', self.source)} {what}, but a run stores that form and reads it "
            "whenever it resumes. Give the field one alias for both directions, and a serializer that shows its value."
        )


def _excluded(typed: Any, again: Any, path: str = "") -> Iterator[str]:
    """The paths of fields that JSON leaves out and that lost their value by it."""
    if isinstance(typed, pydantic.BaseModel) and isinstance(again, pydantic.BaseModel):
        for name, field in type(typed).model_fields.items():
            at, ours, theirs = f"{path}{name}", getattr(typed, name), getattr(again, name)
            if field.exclude and ours != theirs:
                yield at
            yield from _excluded(ours, theirs, f"{at}/")
    elif isinstance(typed, Mapping) and isinstance(again, Mapping):
        for key in typed.keys() & again.keys():
            yield from _excluded(typed[key], again[key], f"{path}{key}/")
    elif isinstance(typed, list | tuple) and isinstance(again, list | tuple):
        for index, (ours, theirs) in enumerate(zip(typed, again, strict=False)):
            yield from _excluded(ours, theirs, f"{path}{index}/")


def _masked(value: Any, path: str = "") -> Iterator[str]:
    """The paths at which pydantic prints asterisks for a secret."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _masked(item, f"{path}/{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _masked(item, f"{path}/{index}")
    elif value == "**********":
        yield path


def pointer_of(location: tuple[int | str, ...]) -> str:
    """Return a JSON pointer."""
    return "".join(f"/{pointer_part(part)}" for part in location)


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
            raise DefinitionError(f"{where}: {source!r} cannot be used as a schema: {error}") from error
    raise DefinitionError(
        f"{where}: {source!r} is not a schema; pass a pydantic model, a dataclass, a TypedDict or a JSON Schema dict."
    )
