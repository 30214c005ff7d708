"""Makes filters of plain functions, with JavaScript's rules for missing and surplus arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from novu_core.javascript.liquid.context import Context, Filter
from novu_core.javascript.liquid.values import UNDEFINED


def table(*functions: Callable[..., Any]) -> dict[str, Filter]:
    """Return filters under their functions' names, a trailing underscore dropped.

    A function takes the context, the value, and parameters that all have a default: a missing or undefined argument
    takes the default, a surplus one is dropped.
    """
    return {function.__name__.rstrip("_"): _filter(function) for function in functions}


def _filter(function: Callable[..., Any]) -> Filter:
    defaults = [parameter.default for parameter in list(inspect.signature(function).parameters.values())[2:]]
    count = len(defaults)

    def call(context: Context, value: Any, given: list[Any]) -> Any:
        if not given:
            return function(context, value, *defaults)
        chosen = [
            default if argument is UNDEFINED else argument for argument, default in zip(given, defaults, strict=False)
        ]
        return function(context, value, *chosen, *defaults[min(len(given), count) :])

    return call
