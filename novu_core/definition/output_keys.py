"""The keys of a step's output in embedded mode: Python's spellings of Novu's, and what is likely a misspelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from keyword import iskeyword
from typing import Any, NamedTuple

from pydantic.alias_generators import to_camel, to_snake

from novu_core.definition.channels import open_output_schema
from novu_core.definition.schema import pointer_of
from novu_core.errors import FieldError
from novu_core.types import JsonObject, StepType

_CLOSED = (StepType.DIGEST, StepType.DELAY, StepType.THROTTLE)
"""Nobody else reads what these return; a channel's output may hold keys for providers of one's own."""
_ALIKE = 0.8
"""From where on difflib takes a channel's key for a misspelling: `boddy` is 0.89 of `body`, `date` 0.75 of `data`."""


class _Keys(NamedTuple):
    """The keys of one object. ``spellings`` leads to Novu's; ``inner``: those of the objects below that have any.

    ``plain``: those of Novu's that have none below; an object of these, as most are, is as it should be.
    """

    spellings: dict[str, str]
    inner: dict[str, _Keys]
    plain: frozenset[str]


def spelled(step_type: StepType, output: Any) -> Any:
    """Return a copy of ``output`` with its known keys as Novu spells them, at any depth.

    ``digest_key`` becomes ``digestKey``. What is given in both spellings stays as it is; :func:`key_faults` tells.
    """
    keys = _keys(step_type)
    if type(output) is dict and keys.plain.issuperset(output):
        return output.copy()
    return _spelled(keys, output) if keys.spellings else output


def key_faults(step_type: StepType, output: Any) -> list[FieldError]:
    """Return one fault for each key of a spelled ``output`` that nothing would read.

    Of a digest, delay or throttle that is every unknown key; of a channel each that looks like a misspelled known one.
    """
    keys = _keys(step_type)
    if type(output) is dict and keys.plain.issuperset(output):
        return []
    return list(_faults(keys, output, step_type in _CLOSED, ()))


def misspelled(step_type: StepType, output: Any) -> str | None:
    """Return :func:`key_faults` as one text, None where there are none."""
    return "; ".join(f"{path[1:]}: {message}" for path, message in key_faults(step_type, output)) or None


def _spelled(keys: _Keys, value: Any) -> Any:
    if isinstance(value, list):
        return [_spelled(keys, item) for item in value]
    if type(value) is not dict and not isinstance(value, Mapping):
        return value
    made = {}
    for key, item in value.items():
        name: Any = keys.spellings.get(key, key)
        inner = keys.inner.get(name)
        made[key if name in value else name] = item if inner is None else _spelled(inner, item)
    return made


def _faults(keys: _Keys, value: Any, closed: bool, at: tuple[int | str, ...]) -> Iterator[FieldError]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _faults(keys, item, closed, (*at, index))
    for key, item in value.items() if isinstance(value, dict) else ():
        name = keys.spellings.get(key)
        if name == key:
            if key in keys.inner:
                yield from _faults(keys.inner[key], item, closed, (*at, key))
            continue
        nearest = name or _nearest(str(key), keys, 0.6 if closed else _ALIKE)
        if name in value:
            yield FieldError(pointer_of((*at, key)), f"is given twice, also as `{name}`")
        elif nearest is not None:
            yield FieldError(pointer_of((*at, key)), f"unknown key; did you mean `{nearest}`?")
        elif closed:
            names = ", ".join(dict.fromkeys(keys.spellings.values()))
            yield FieldError(pointer_of((*at, key)), f"unknown key; use one of {names}")


def _nearest(key: str, keys: _Keys, alike: float) -> str | None:
    flat = {_flat(name): name for name in keys.spellings.values()}
    close = get_close_matches(_flat(key), flat, n=1, cutoff=alike)
    return flat[close[0]] if close else None


def _flat(key: str) -> str:
    return re.sub(r"[-_\s]", "", key).lower()


@lru_cache(maxsize=32)
def _keys(step_type: StepType) -> _Keys:
    return _keys_of([open_output_schema(step_type)])


def _keys_of(schemas: Iterable[JsonObject]) -> _Keys:
    """The keys that any of the schemas names; a list's are those of its items."""
    fields: dict[str, list[JsonObject]] = {}
    for part in _alternatives(schemas):
        for name, schema in part.get("properties", {}).items():
            fields.setdefault(name, []).append(schema)
    spellings = {spelling: name for name in fields for spelling in _spellings(name)}
    inner = {name: _keys_of(schemas) for name, schemas in fields.items()}
    inner = {name: keys for name, keys in inner.items() if keys.spellings}
    return _Keys(spellings, inner, frozenset(fields) - inner.keys())


def _spellings(name: str) -> tuple[str, ...]:
    """How Python may write a key; ``from`` in a call's keywords is ``from_``."""
    return (to_snake(name), to_camel(name), *([f"{name}_"] if iskeyword(name) else ()), name)


def _alternatives(schemas: Iterable[JsonObject]) -> Iterator[JsonObject]:
    for schema in schemas:
        yield schema
        yield from _alternatives(schema.get("anyOf", ()))
        yield from _alternatives(schema.get("oneOf", ()))
        if "items" in schema:
            yield from _alternatives([schema["items"]])
