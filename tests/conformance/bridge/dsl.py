"""Builds real workflows from the corpus's language-neutral definitions, through the public API only.

The language is described in the docs (PROTOCOL section 0); values follow JavaScript, as in the peer's interpreter.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import re
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from novu_core import Registry, agent, workflow
from novu_core.javascript.canonical import stringify
from novu_core.javascript.numbers import js_number

UNDEFINED: Any = type("Undefined", (), {"__bool__": lambda self: False, "__repr__": lambda self: "undefined"})()
Scope = Mapping[str, Any]


class Thrown(Exception):
    """What a definition throws: an error with its extra attributes, or JavaScript's ``throw value``."""

    def __init__(self, message: str, attributes: Mapping[str, Any]) -> None:
        super().__init__(message)
        for name, value in attributes.items():
            setattr(self, name, value)

    @classmethod
    def error(cls, spec: Mapping[str, Any]) -> Thrown:
        """``Object.assign(new Error(message), rest)``."""
        return cls(spec.get("message", ""), {name: value for name, value in spec.items() if name != "message"})

    @classmethod
    def raw(cls, value: Any) -> Thrown:
        """A value that is no error: its JSON is the message, and a falsy one has none."""
        attributes = value if isinstance(value, dict) else {}
        return cls(stringify(value, 2) if value else "", {k: v for k, v in attributes.items() if k != "args"})


def build(definitions: Iterable[Mapping[str, Any]]) -> Registry:
    """Register a workflow for each definition; of a repeated id the first counts, as with the peer."""
    registry = Registry()
    agent("helper", registry=registry)
    for definition in definitions:
        if definition["id"] not in registry:
            options = {_snake(name): value for name, value in definition.get("options", {}).items()}
            handler = _async_handler if _has_parallel(definition["body"]) else _sync_handler
            workflow(definition["id"], registry=registry, **options)(handler(definition["body"]))
    return registry


def _has_parallel(body: list[Any]) -> bool:
    return any(op["op"] == "parallel" for op in body)


def _sync_handler(body: list[Any]) -> Callable[..., None]:
    def handler(payload: Any, step: Any, subscriber: Any, controls: Any, env: Any, context: Any) -> None:
        _finish(_run(body, step, _scope(payload, subscriber, controls, env, context)))

    return handler


def _async_handler(body: list[Any]) -> Callable[..., Coroutine[Any, Any, None]]:
    async def handler(payload: Any, step: Any, subscriber: Any, controls: Any, env: Any, context: Any) -> None:
        await _run(body, step, _scope(payload, subscriber, controls, env, context))

    return handler


def _finish(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine whose steps answer at once."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise AssertionError("a blocking step did not answer at once")


def _scope(payload: Any, subscriber: Any, controls: Any, env: Any, context: Any) -> Scope:
    names = {"payload": payload, "subscriber": subscriber, "wfControls": controls, "env": env, "context": context}
    return {**{name: UNDEFINED if value is None else _plain(value) for name, value in names.items()}, "steps": {}}


async def _run(body: list[Any], step: Any, scope: Scope) -> None:
    for op in body:
        if op["op"] == "throwIf":
            if _truthy(evaluate(op["if"], scope)):
                raise Thrown.raw(op["raw"]) if "raw" in op else Thrown.error(op["error"])
        elif op["op"] == "parallel":
            await asyncio.gather(*(_run([inner], step, scope) for inner in op["body"]))
        elif "if" not in op or _truthy(evaluate(op["if"], scope)):
            call = getattr(step, _snake(op["type"]))
            result = call(op["id"], _resolver(op["resolve"], scope), **_options(op.get("options", {}), scope))
            scope["steps"][op["id"]] = _plain(await result if inspect.isawaitable(result) else result)


def _resolver(expression: Any, scope: Scope) -> Callable[[Any], Any]:
    return lambda controls: _json(evaluate(expression, {**scope, "controls": controls}))


def _override(expression: Any, scope: Scope) -> Callable[..., Any]:
    def resolve(controls: Any, outputs: Any) -> Any:
        return _json(evaluate(expression, {**scope, "controls": controls, "outputs": outputs}))

    return resolve


def _options(given: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    options = {_snake(name): value for name, value in given.items()}
    if "skip" in options:
        skip = options["skip"]
        options["skip"] = lambda controls: _truthy(evaluate(skip, {**scope, "controls": controls}))
    if "providers" in options:
        options["providers"] = {name: _override(value, scope) for name, value in options["providers"].items()}
    return options


def evaluate(expression: Any, scope: Scope) -> Any:
    """The value of an expression; ``UNDEFINED`` for what JavaScript calls so."""
    if isinstance(expression, list):
        return [_json(evaluate(item, scope)) for item in expression]
    if not isinstance(expression, dict):
        return expression
    if "$switch" in expression:
        return _switch(expression, scope)
    for name, operator in _OPERATORS.items():
        if name in expression:
            return operator(expression[name], scope)
    members = {name: evaluate(value, scope) for name, value in expression.items()}
    return {name: value for name, value in members.items() if value is not UNDEFINED}


def _get(path: str, scope: Scope) -> Any:
    value: Any = scope
    for key in path.split("."):
        value = _property(value, key)
    return value


def _property(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(key, UNDEFINED)
    if isinstance(value, (str, list)):
        units = list(value) if isinstance(value, list) else _utf16(value)
        if key == "length":
            return len(units)
        return units[int(key)] if re.fullmatch("0|[1-9][0-9]*", key) and int(key) < len(units) else UNDEFINED
    return UNDEFINED


def _concat(parts: list[Any], scope: Scope) -> str:
    return "".join(_text(evaluate(part, scope)) for part in parts)


def _length(expression: Any, scope: Scope) -> Any:
    value = evaluate(expression, scope)
    return -1 if value is UNDEFINED or value is None else _property(value, "length")


def _number(expression: Any, scope: Scope) -> Any:
    value = evaluate(expression, scope)
    if value is None or value == "" or value == []:
        return 0
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _equal(pair: list[Any], scope: Scope) -> bool:
    left, right = (evaluate(side, scope) for side in pair)
    if isinstance(left, (dict, list)) or isinstance(right, (dict, list)):
        return left is right
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _switch(expression: Mapping[str, Any], scope: Scope) -> Any:
    key = _text(evaluate(expression["$switch"], scope))
    cases = expression["cases"]
    return evaluate(cases[key] if key in cases else expression.get("default", UNDEFINED), scope)


def _throw(spec: Mapping[str, Any], _scope: Scope) -> Any:
    raise Thrown.error(spec)


def _throw_raw(value: Any, _scope: Scope) -> Any:
    raise Thrown.raw(value)


_OPERATORS: dict[str, Callable[[Any, Scope], Any]] = {
    "$get": _get,
    "$const": lambda value, scope: value,
    "$concat": _concat,
    "$json": lambda inner, scope: _json_text(evaluate(inner, scope)),
    "$len": _length,
    "$num": _number,
    "$eq": _equal,
    "$or": lambda inner, scope: any(_truthy(evaluate(item, scope)) for item in inner),
    "$undefined": lambda _, scope: UNDEFINED,
    "$throw": _throw,
    "$throwRaw": _throw_raw,
}


def _json(value: Any) -> Any:
    """A value as it is in a JSON array, where nothing is undefined."""
    return None if value is UNDEFINED else value


def _json_text(value: Any) -> str:
    return "undefined" if value is UNDEFINED else stringify(value)


def _text(value: Any) -> str:
    """What JavaScript's ``String(value)`` gives, with objects as JSON."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return js_number(value)
    return _json_text(value)


def _truthy(value: Any) -> bool:
    return isinstance(value, (dict, list)) or (bool(value) and value == value)


def _utf16(text: str) -> list[str]:
    data = text.encode("utf-16-le", "surrogatepass")
    return [data[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(data), 2)]


def _plain(value: Any) -> Any:
    """JSON of what the library hands to a function: models and step results become objects, nothing is undefined."""
    if value is None:
        return UNDEFINED
    to_json = getattr(value, "to_json", None)
    return to_json() if to_json is not None and not isinstance(value, str) else value


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
