"""The parts of a parsed template that any tag may hold: text, outputs, and the loop that renders a list of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.errors import RenderError
from novu_core.javascript.liquid.expressions import FilteredValue
from novu_core.javascript.liquid.serialize import json_stringify
from novu_core.javascript.liquid.values import Drop, is_nil, stringify, to_string, to_value
from novu_core.javascript.numbers import js_number

Write = Callable[[Any], None]


class Template(Protocol):
    """A parsed part that can be rendered."""

    def render(self, context: Context, write: Write) -> None:
        """Write the output. Raises LiquidError."""
        ...


_MISUSES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def render_all(templates: Sequence[Template], context: Context, write: Write) -> None:
    """Render parts in order, until one breaks out of its loop. A value that a filter cannot use is a RenderError."""
    step = context.budget.step
    for template in templates:
        step()
        if type(template) is Text:
            write(template.text)
            continue
        try:
            template.render(context, write)
        except _MISUSES as error:
            # JavaScript throws a TypeError or a RangeError from the same misuses, and the peer reports those so.
            raise RenderError(f"A filter cannot use its value: {error}") from error
        if context.break_called or context.continue_called:
            return


def render_to_string(templates: Sequence[Template], context: Context) -> str:
    """Render parts into a string of their own."""
    sink = Sink(context)
    render_all(templates, context, sink.write)
    return sink.text()


_CHARGED_AT = 500
"""Characters that are charged at once: most pieces are a few."""


class Sink:
    """Collects output as text, within the budget."""

    def __init__(self, context: Context) -> None:
        self._budget = context.budget
        self._pieces: list[str] = []
        self._uncharged = 0

    def write(self, value: Any) -> None:
        """Append a value, as liquidjs turns it into text."""
        text = value if isinstance(value, str) else stringify(value)
        self._pieces.append(text)
        self._uncharged += len(text)
        if self._uncharged > _CHARGED_AT:
            self._charge()

    def text(self) -> str:
        """Return all that was written."""
        self._charge()
        return "".join(self._pieces)

    def _charge(self) -> None:
        self._budget.charge(self._uncharged)
        self._uncharged = 0


class Text:
    """What stands between the tags."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def render(self, context: Context, write: Write) -> None:
        """Write it as it is."""
        write(self.text)


class Output:
    """``{{ value }}``; with ``plain``, ``{% echo value %}``, which shows a literal ``nil`` as nothing, not ``{}``."""

    __slots__ = ("_evaluate", "_raw", "_undropped")

    def __init__(self, value: FilteredValue, *, plain: bool = False) -> None:
        self._evaluate = value.evaluate if value.filters else value.expression.evaluate
        self._raw = value.is_raw
        self._undropped = plain or value.is_raw

    def render(self, context: Context, write: Write) -> None:
        """Write the value, escaped for JSON unless its last filter is ``raw``."""
        value = self._evaluate(context)
        if self._undropped:
            value = to_value(value)
        write(value if self._raw else escape(value))


_ESCAPED = re.compile(r'[\x00-\x1f"\\]')
_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x20)} | {
    ord("\\"): "\\\\",
    ord('"'): '\\"',
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}


def escape(value: Any) -> str:
    """Return a value as the inside of a JSON string: objects and arrays as JSON with single quotes, nil as nothing.

    The peer leaves other control characters alone, and fails on the JSON that they break; here they are escaped.
    """
    if isinstance(value, str):
        return value.translate(_ESCAPES) if _ESCAPED.search(value) else value
    if type(value) is float or type(value) is int:
        return js_number(value)
    return swapped_json(value)


def swapped_json(value: Any, indent: Any = 0) -> str:
    """Novu's serialiser: objects and arrays as JSON, its double quotes made single and its line breaks escaped."""
    if isinstance(value, (list, dict, Drop)):
        return json_stringify(value, indent).replace('"', "'").replace("\n", "\\n")
    return "" if is_nil(value) else to_string(value)
