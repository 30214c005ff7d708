"""Reading JSON that is nested deeper than Python's own recursion allows."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 2000
"""How many values may stand inside each other. At 2000 levels the peer's stack overflows (measured on node 20)."""

_SPACE = re.compile(r"[ \t\n\r]*")


def parse(text: str, decoder: json.JSONDecoder) -> Any:
    """Read a JSON document; ``decoder`` reads its scalars.

    Raises ``ValueError`` for text that is not JSON and ``RecursionError`` beyond ``MAX_DEPTH``.
    """
    return _Reader(text, decoder).document()


class _Reader:
    """One pass over the text, with the open containers on a list instead of the call stack."""

    def __init__(self, text: str, decoder: json.JSONDecoder) -> None:
        self.text = text
        self.scan = decoder.raw_decode
        self.at = 0
        self.open: list[Any] = []
        self.names: list[str] = []

    def document(self) -> Any:
        root = self._value()
        while self.open:
            self._member(self.open[-1])
        if self._next():
            raise self._unexpected()
        return root

    def _member(self, container: Any) -> None:
        """Read the next thing inside the innermost container: its end, or one member."""
        if self._next() == ("]" if isinstance(container, list) else "}"):
            self.at += 1
            self.open.pop()
            return
        if container:
            self._expect(",")
        if isinstance(container, list):
            slot = len(container)
            container.append(None)
            container[slot] = self._value()
        else:
            name = self._name()
            container[name] = None
            container[name] = self._value()

    def _value(self) -> Any:
        """Read a scalar, or open a container, whose members are read later."""
        char = self._next()
        if char in ("[", "{"):
            self.at += 1
            if len(self.open) == MAX_DEPTH:
                raise RecursionError(f"The JSON text is nested more than {MAX_DEPTH} levels deep.")
            container: Any = [] if char == "[" else {}
            self.open.append(container)
            return container
        value, self.at = self.scan(self.text, self.at)
        return value

    def _name(self) -> str:
        if self._next() != '"':
            raise self._unexpected()
        name, self.at = self.scan(self.text, self.at)
        self._expect(":")
        return str(name)

    def _expect(self, char: str) -> None:
        if self._next() != char:
            raise self._unexpected()
        self.at += 1

    def _next(self) -> str:
        """Skip white space; the character there, or an empty text at the end."""
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.text[self.at : self.at + 1]

    def _unexpected(self) -> ValueError:
        return json.JSONDecodeError("Unexpected text", self.text, self.at)
