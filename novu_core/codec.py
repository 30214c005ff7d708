"""JSON in and out, with the Python values that payloads and outputs hold; by orjson where it is installed."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from pydantic import BaseModel


def _plain(value: Any) -> Any:
    """Turn what JSON does not know into what it does; raise TypeError for the rest."""
    to_json = getattr(value, "to_json", None)
    if callable(to_json):
        return to_json()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID | Decimal | PurePath):
        return str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | set | frozenset | tuple):  # a list of another type than list itself
        return list(value)
    raise TypeError(
        f"{type(value).__name__} is not JSON serializable; use str, int, float, bool, None, list, dict, datetime, "
        "UUID, Decimal, an enum, a dataclass or a pydantic model"
    )


_encode_unicode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False).encode
_encode_ascii = json.JSONEncoder(separators=(",", ":"), default=_plain, allow_nan=False).encode


def _encode_exactly(value: Any) -> str:
    text = _encode_unicode(value)
    return text if text.isascii() or not _HALVES.search(text) else _encode_ascii(value)


_HALVES = re.compile("[\ud800-\udfff]")  # no encoding has them; JSON's escapes do
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses U+0000 in text
_LONG_INTEGER = re.compile(r"\d{19}")  # orjson makes floats of integers beyond 64 bits
_decode: Callable[[str], Any] = json.JSONDecoder().decode
_read_fast: Callable[[bytes | str], Any] = json.loads

try:
    import orjson
except ImportError:

    def loads(text: str) -> Any:
        """Return what a JSON text holds. Raises ValueError and RecursionError."""
        return _decode(text)

    def _fast(value: Any) -> bytes | None:
        return None

else:
    _read_fast = orjson.loads
    _OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS

    def _fast(value: Any) -> bytes | None:
        """Return JSON text, or None where only the standard library is exact."""
        try:
            text = orjson.dumps(value, _subclass, _OPTIONS)
        except TypeError:  # integers beyond 64 bits, lone surrogates, non-string keys
            return None
        return text if text.find(b"null") < 0 else None  # it may stand for NaN, which is refused

    def loads(text: str) -> Any:
        """Return what a JSON text holds. Raises ValueError and RecursionError."""
        if not _LONG_INTEGER.search(text):
            try:
                return _read_fast(text)
            except ValueError:  # not JSON, or what only the standard library reads: lone surrogates, deep nesting
                pass
        return _decode(text)

    def _subclass(value: Any) -> Any:
        if isinstance(value, str):
            return str(value.value) if isinstance(value, Enum) else str(value)
        return _plain(value)


def dumps(value: Any) -> str:
    """Return ``value`` as compact JSON text. Raises TypeError or ValueError, naming what JSON cannot hold."""
    text = _fast(value)
    return _encode_exactly(value) if text is None else text.decode()


def jsonable(value: Any) -> Any:
    """Return a deep copy of ``value`` made of JSON types only. Raises TypeError or ValueError as :func:`dumps`."""
    text = _fast(value)
    return loads(_encode_exactly(value)) if text is None else _read_fast(text)


def fault_of_text(value: str) -> str | None:
    """Return why no store can hold a text, or None."""
    return "contains U+0000 or half of a surrogate pair, which is not text" if _UNSTORABLE.search(value) else None


def storable(value: object) -> str:
    """Return a value as text that every store holds, without the characters that none does."""
    try:
        return _UNSTORABLE.sub("", str(value))
    except BaseException:  # of users' classes, which may raise anything at all
        return f"a {type(value).__name__} that cannot be printed"
