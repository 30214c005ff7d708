"""Answers that depend on nothing but the registry: each is printed once for each state of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from novu_core.aio import IO
from novu_core.definition.registry import Registry
from novu_core.javascript.canonical import encode

State = tuple[tuple[object, ...], tuple[str, ...]]


class Printed:
    """The printed answers of one registry. Another workflow or agent in it makes all of them anew."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._kept: tuple[State, dict[tuple[str, ...], bytes]] = (((), ()), {})

    async def answer(self, io: IO, make: Callable[..., Any], *arguments: str) -> bytes:
        """Return what ``make`` returns for the arguments, printed. Raises what it raises, each time."""
        registry = self._registry
        state = tuple(registry.values()), tuple(registry.agents)
        kept = self._kept
        if kept[0] != state:
            kept = self._kept = state, {}
        answers = kept[1]
        key = (make.__name__, *arguments)
        if key not in answers:
            answers[key] = await io.call(_printed, make, *arguments)
        return answers[key]


def _printed(make: Callable[..., Any], *arguments: str) -> bytes:
    return encode(make(*arguments))
