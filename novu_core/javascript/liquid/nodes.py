"""What any tag may hold: texts, outputs and further tags in a row, and the text that they make."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.errors import RenderError
from novu_core.javascript.liquid.expressions import FilteredValue
from novu_core.javascript.liquid.serialize import json_stringify
from novu_core.javascript.liquid.values import Drop, is_nil, stringify, to_string
from novu_core.javascript.numbers import js_number

Write = Callable[[Any], None]
Show = Callable[[Context], str]
_Row = tuple[int, Callable[[Context, Write], None]]
"""How many steps it is, and what renders it."""


class Tag(Protocol):
    """A parsed tag that can be rendered."""

    def render(self, context: Context, write: Write) -> None:
        """Write the output. Raises LiquidError."""
        ...


class Parts:
    """Parts of a template in a row. Texts and outputs that follow one another are rendered together."""

    __slots__ = ("_first", "_rows", "_run")

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._first: list[_Row] = []
        self._run: _Run | None = None

    def append(self, tag: Tag) -> None:
        """Add a tag."""
        self._run = None
        self._rows.append((1, tag.render))

    def show(self, piece: str | Show) -> None:
        """Add a text or an output."""
        if not self._rows:
            first = _Run()
            first.append(piece)
            self._first = [(1, first.render)]
        if self._run is None or len(self._run.pieces) >= _LONGEST_RUN:
            self._run = _Run()
            self._rows.append((0, self._run.render))
        self._run.append(piece)
        self._rows[-1] = len(self._run.pieces), self._run.render

    def render(self, context: Context, write: Write) -> None:
        """Render in order, until a part breaks out of its loop. A value that a filter cannot use is a RenderError."""
        step = context.budget.step
        # Where a break is on its way already, in a tablerow, which has no use for it, each cell has its first part. If
        # that is a text or an output, it is all; a tag may hold a loop that takes the break, and then the rest follows.
        rows = self._rows if context.jump is None else self._first or self._rows
        try:
            for count, render in rows:
                step(count)
                render(context, write)
                if context.jump is not None:
                    return
        except _MISUSES as error:
            # JavaScript throws a TypeError or a RangeError from the same misuses, and the peer reports those so.
            raise RenderError(f"A filter cannot use its value: {error}") from error

    def text(self, context: Context) -> str:
        """Render into a text of its own."""
        pieces: list[str] = []

        def write(value: Any) -> None:
            text = value if isinstance(value, str) else stringify(value)
            context.budget.charge(len(text))
            pieces.append(text)

        self.render(context, write)
        return "".join(pieces)


_MISUSES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_LONGEST_RUN = 16
"""The clock is looked at between the runs, and behind each long piece."""
_LONG_PIECE = 500


class _Run:
    """Texts and outputs that nothing stands between."""

    __slots__ = ("_outputs", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._outputs: list[tuple[int, Show]] = []

    def append(self, piece: str | Show) -> None:
        if not isinstance(piece, str):
            self._outputs.append((len(self.pieces), piece))
        self.pieces.append(piece if isinstance(piece, str) else "")

    def render(self, context: Context, write: Write) -> None:
        pieces = self.pieces.copy()
        size = 0
        for place, show in self._outputs:
            piece = pieces[place] = show(context)
            if len(piece) > _LONG_PIECE:
                size += len(piece)
                context.budget.foresee(size)
                context.budget.check_time()
        write("".join(pieces))


def output(value: FilteredValue) -> Show:
    """Compile ``{{ value }}``: what shows it, escaped for JSON unless its last filter is ``raw``."""
    evaluate = value.evaluate
    if value.is_raw:
        return lambda context: stringify(evaluate(context))

    def show(context: Context) -> str:
        shown = evaluate(context)
        if type(shown) is str and shown.isprintable() and '"' not in shown and "\\" not in shown:
            return shown  # as most are; the search takes longer
        return escape(shown)

    return show


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
