"""Prints docs/settings.md from the settings model: ``make docs-settings``."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import timedelta
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from novu_core.aio import MOST_THREADS
from novu_core.delivery.senders import MOST_HANGING
from novu_core.engine.checking import LARGE, MOST_LARGE
from novu_core.engine.recording import MOST_INLINE
from novu_core.http.bodies import MOST_RECIPIENTS
from novu_core.http.rest.answers import MOST_STARTED
from novu_core.http.session import MOST_WRONG
from novu_core.http.shapes.sizes import MOST_ANSWER_BYTES
from novu_core.http.surface import MOST_FAULTS, MOST_PAGE_BYTES
from novu_core.records.summaries import MOST_RETRIED
from novu_core.settings import KEYS, Settings

HEAD = """\
# Settings

Every setting has a key with the prefix `NOVU_`. [Configuration](guides/configuration.md) says which ones an app needs.
Under Flask a setting is taken from the first of these that has it: the argument of `Novu(...)`, `init_app(...)` or
`serve(...)` (`delivery=...` for `NOVU_DELIVERY`), `app.config`, the environment, the default. Under Django the
project's settings take the place of `app.config`. FastAPI has no configuration of its own; a bare `Client` takes a
`Settings` or a mapping, whose keys may also be in lower case or without the prefix. An unknown setting is an error that
names the most similar one; unknown environment variables are ignored.

In the environment a blank value counts as unset, and lists and mappings are JSON; `NOVU_CORS_ORIGINS` and
`NOVU_WORKFLOWS` may also be separated by commas. As in `@novu/framework`, `NOVU_API_KEY` is read if `NOVU_SECRET_KEY`
is not set, and `NOVU_STRICT_AUTHENTICATION_ENABLED` if `NOVU_STRICT_AUTHENTICATION` is not.

This page is generated from `novu_core.Settings` by `make docs-settings`. The examples are written for a shell.
"""
LIMITS = """\
## Limits that are not settings

Besides `NOVU_MAX_BODY_BYTES`, these limits bound the cost of a single request, or of a service that is down:
"""
FIXED: tuple[tuple[str, int, str], ...] = (
    (
        "concurrent runs and deliveries in the threads of a process with an event loop (FastAPI, Django under ASGI)",
        MOST_THREADS,
        "further ones wait; the health check needs no thread, and reads have 32 more",
    ),
    (
        "calls to one provider that hang beyond its `timeout`, each in a thread",
        MOST_HANGING,
        "further attempts fail at once and are repeated",
    ),
    ("recipients of a trigger that run before it returns", MOST_INLINE, "all are recorded, and a worker runs them"),
    ("recipients in a trigger over HTTP", MOST_RECIPIENTS, "400; a topic counts as one"),
    (
        "bytes of a payload, with overrides, context and controls, for a topic or for more than "
        f"{MOST_LARGE} recipients",
        LARGE,
        "`ValidationError` (400)",
    ),
    ("executions in the answer to a trigger over HTTP", MOST_STARTED, "its `count` is the number of all"),
    (
        "bytes of a page of executions over HTTP that holds more than one",
        MOST_PAGE_BYTES,
        "the page ends early; its `next_cursor` leads to the rest",
    ),
    (
        "bytes of an answer of Novu's server API or of the inbox API",
        MOST_ANSWER_BYTES,
        "422; a smaller `limit` asks for fewer entries",
    ),
    (
        "failed executions that one request retries",
        MOST_RETRIED,
        "the others are left, and the answer says that there are `more`",
    ),
    ("wrong passwords for the Studio in a minute, from one address and per process", MOST_WRONG, "429"),
    ("input faults that an answer names", MOST_FAULTS, "the others are left out"),
)
_WORDS: dict[Any, str] = {
    str: "string",
    bool: "true or false",
    int: "whole number",
    float: "number",
    timedelta: "seconds",
    Any: "object, or list of objects",  # what holds workflows
}


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *(_section(key, Settings.model_fields[name]) for name, key in KEYS.items()), _limits()])


def _limits() -> str:
    lines = [LIMITS, "| What | At most | Beyond that |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {what} | {most:,} | {beyond} |" for what, most, beyond in FIXED), ""])


def example(value: Any) -> str:
    """Return a setting's value as it stands in the environment."""
    return value if isinstance(value, str) else json.dumps(value)


def _section(key: str, field: FieldInfo) -> str:
    lines = [
        f"## {key}",
        "",
        _sentence(field.description),
        "",
        f"- Type: {_type(field.annotation)}",
        f"- Default: {_default(field.get_default(call_default_factory=True))}",
    ]
    lines += [f"- Example: `{key}={_quoted(example(value))}`" for value in field.examples or ()]
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
        lines += ["", "| Part | Type | Default | Meaning |", "| --- | --- | --- | --- |"]
        for name, part in field.annotation.model_fields.items():
            cells = (f"`{name}`", _type(part.annotation), _default(part.default), _sentence(part.description))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _sentence(text: str | None) -> str:
    assert text, "every setting has a description"
    return text[:1].upper() + text[1:] + "."


def _type(kind: Any) -> str:
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inside)
    if origin in (Union, types.UnionType):
        return _type(next(part for part in inside if part is not type(None)))
    if origin is tuple:
        return f"{_type(inside[0])}, or list of {_type(inside[0])}s"
    if origin is Callable:
        return "function, or import string"
    if origin is Mapping:
        return "mapping"
    if is_dataclass(kind):
        return "mapping with " + ", ".join(f"`{part.name}`" for part in fields(kind))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "mapping with the parts below"
    return _WORDS[kind]


def _default(value: Any) -> str:
    if isinstance(value, BaseModel):
        return "the defaults of its parts"
    if is_dataclass(value) and not isinstance(value, type):
        value = {name: _plain(part) for name, part in asdict(value).items()}
    if value is None:
        return "unset"
    if value in ((), {}):
        return "none"
    return f"`{example(_plain(value))}`"


def _plain(value: Any) -> Any:
    value = value.total_seconds() if isinstance(value, timedelta) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _quoted(text: str) -> str:
    return f"'{text}'" if set(text) & set(' "{}[]?&') else text


if __name__ == "__main__":
    print(page(), end="")
