"""What is read once of a user's function: its parameters, its payload annotation, its source."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

from novu_core.errors import DefinitionError

INJECTED = frozenset({"payload", "step", "subscriber", "controls", "env", "context"})
"""The names a workflow function's parameters may have."""


def parameters_of(handler: Callable[..., Any], workflow_id: str) -> frozenset[str]:
    """Return the names that ``handler`` asks for. Raises DefinitionError for one that cannot be injected."""
    wanted: set[str] = set()
    for parameter in inspect.signature(handler).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            return INJECTED
        if parameter.name in INJECTED and parameter.kind is not parameter.POSITIONAL_ONLY:
            wanted.add(parameter.name)
        elif parameter.default is parameter.empty and parameter.kind is not parameter.VAR_POSITIONAL:
            raise DefinitionError(
                f"Workflow `{workflow_id}`: its function's parameter {parameter.name!r} cannot be injected; "
                f"use any of {', '.join(sorted(INJECTED))}, or give it a default."
            )
    return frozenset(wanted)


def payload_annotation(handler: Callable[..., Any], workflow_id: str, local_names: Mapping[str, Any]) -> Any:
    """Return the evaluated annotation of ``payload``, or None. ``local_names``: the scope of the definition."""
    function = inspect.unwrap(handler)
    parameter = inspect.signature(function).parameters.get("payload")
    if parameter is None or parameter.annotation is parameter.empty:
        return None
    if not isinstance(parameter.annotation, str):
        return parameter.annotation
    holder = type("_Holder", (), {"__annotations__": {"payload": parameter.annotation}})
    try:
        return typing.get_type_hints(holder, getattr(function, "__globals__", {}), dict(local_names))["payload"]
    except NameError as error:
        raise DefinitionError(
            f"Workflow `{workflow_id}`: the annotation {parameter.annotation!r} of payload cannot be read ({error}); "
            "define the model before the workflow at the top level of its module, or pass payload_schema=."
        ) from error


def takes_argument(function: Callable[..., Any], where: str) -> bool:
    """Whether a resolver or skip takes the compiled controls. Parameters with a default do not count.

    Raises DefinitionError, naming ``where``, if it needs more than one argument.
    """
    code: CodeType | None = getattr(function, "__code__", None)
    if code is not None:
        needed = code.co_argcount - len(getattr(function, "__defaults__", None) or ())
        takes_any = bool(code.co_flags & inspect.CO_VARARGS)
    else:
        try:
            positional = [
                parameter
                for parameter in inspect.signature(function).parameters.values()
                if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
            ]
        except (TypeError, ValueError):  # a builtin without a signature
            return False
        needed = sum(parameter.default is parameter.empty for parameter in positional)
        takes_any = False
    if needed > 1:
        raise DefinitionError(f"{where} must take no argument or one (the controls), not {needed}.")
    return needed == 1 or takes_any


def source_of(function: Any) -> str:
    """Return a function's source for reading, or its repr where there is none."""
    try:
        return inspect.getsource(inspect.unwrap(function))
    except (OSError, TypeError):
        return repr(function)
