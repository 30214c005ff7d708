"""What one rendering may cost. Templates are written by people who are not trusted with the server."""

from __future__ import annotations

import time
from typing import Any

from novu_core.javascript.liquid.errors import ParseError, RenderError

MAX_TEMPLATE_CHARS = 1_000_000
"""Length of a template: the controls object as JSON."""
MAX_TOKENS = 50_000
"""Texts, outputs and tags of a template, those in the lines of ``{% liquid %}`` included."""
MAX_TAG_CHARS = 100_000
"""Length of one tag or output; to read so many takes up to a second."""
MAX_NESTING = 60
"""Depth of tags within tags, and of brackets within an expression."""
MAX_STEPS = 500_000
"""Pieces rendered, loop turns, conditions, operators, filters, and elements that a filter asks about.

The values in lists of values count too: operands, arguments, those of a ``when``, and names in brackets."""
MAX_CHARS = 5_000_000
"""Characters and array elements that outputs, captures and filters may produce in all."""
MAX_RANGE = 100_000
"""Elements of one range ``(a..b)``."""
MAX_SECONDS = 2.0
"""Wall-clock time of one rendering, the parsing of its template and the repair of its JSON included."""

_CLOCK_EVERY = 4


class Budget:
    """Counts what a rendering uses and ends it with a RenderError when that is too much."""

    def __init__(self) -> None:
        self._steps = 0
        self._chars = 0
        self._check_clock_at = _CLOCK_EVERY
        self._deadline = time.monotonic() + MAX_SECONDS

    def step(self, count: int = 1) -> None:
        """Count pieces rendered or elements visited."""
        self._steps += count
        if self._steps >= self._check_clock_at:
            if self._steps > MAX_STEPS:
                raise RenderError(f"The template does more than {MAX_STEPS} steps; loop over fewer elements.")
            self._check_clock_at = self._steps + _CLOCK_EVERY
            self.check_time()

    def charge(self, size: float) -> None:
        """Count characters or elements that are about to be, or were, produced."""
        if size > 0:
            self._chars += int(size) if size <= MAX_CHARS else MAX_CHARS + 1
            if self._chars > MAX_CHARS:
                raise RenderError(f"The template produces more than {MAX_CHARS} characters; shorten its output.")

    def foresee(self, size: int) -> None:
        """Raise for what is going to be charged for and is too much."""
        if self._chars + size > MAX_CHARS:
            self.charge(size)

    def charge_nested(self, *values: Any) -> None:
        """Count all that a new array holds, each time it holds it: arrays of arrays of one array grow fast."""
        size = 0
        waiting = list(values)
        while waiting and size <= MAX_CHARS:
            value = waiting.pop()
            size += 10
            if isinstance(value, str):
                size += len(value)
            elif isinstance(value, (list, dict)):
                waiting.extend(value.values() if isinstance(value, dict) else value)
        self.charge(size)

    def charge_indentation(self, value: Any, width: int) -> None:
        """Count a line break and ``width`` characters a level for each member of a value, however deep."""
        size = 0
        waiting = [(value, 1)] if isinstance(value, (list, dict)) else []
        while waiting and size <= MAX_CHARS:
            container, depth = waiting.pop()
            members = container.values() if isinstance(container, dict) else container
            size += len(container) * (depth * width + 1)
            waiting.extend((member, depth + 1) for member in members if isinstance(member, (list, dict)))
        self.charge(size)

    def check_time(self) -> None:
        """Raise once the time is used up."""
        if time.monotonic() > self._deadline:
            raise RenderError(f"The template takes longer than {MAX_SECONDS:g} seconds; simplify it.")


def check_nesting(depth: int) -> None:
    """Raise ParseError for what is nested too deep."""
    if depth > MAX_NESTING:
        raise ParseError(f"The template nests deeper than {MAX_NESTING} levels; flatten it.")
