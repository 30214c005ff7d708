"""Strings for mocks: one fixed value for each format, and a short string that a pattern matches."""

from __future__ import annotations

import importlib
import itertools
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from novu_core.javascript.jsonschema.patterns import PatternError, compile_pattern

PLACEHOLDER = "[placeholder]"

_URI = "https://example.com/placeholder"
_FORMATS = {
    "date-time": "2024-01-01T00:00:00.000Z",
    "datetime": "2024-01-01T00:00:00.000Z",
    "date": "2024-01-01",
    "time": "00:00:00.000Z",
    "duration": "P1D",
    "email": "placeholder@example.com",
    "idn-email": "placeholder@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8:0:0:0:0:0:1",
    "uri": _URI,
    "url": _URI,
    "iri": _URI,
    "uri-reference": _URI,
    "iri-reference": _URI,
    "uri-template": _URI,
    "uuid": "00000000-0000-4000-8000-000000000000",
    "json-pointer": "/placeholder",
    "json-pointer-uri-fragment": "#/placeholder",
    "relative-json-pointer": "0/placeholder",
    "regex": ".+?",
    "slug": "placeholder",
    "byte": "W3BsYWNlaG9sZGVyXQ==",
}
# Python 3.11 moved the parser; both are the one thing in the standard library that reads a pattern into a tree.
_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_PREFERRED = "aA0-_./ :@"
_RARE = "\u00e9\u4e2d!~\x00"
_CHOICES = 4
_LONGEST = 10_000


def mock_string(schema: Mapping[str, Any]) -> str:
    """Return a string for a schema: by its pattern, else its format, else the placeholder at the length asked for."""
    shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength")
    if isinstance(schema.get("pattern"), str):
        return pattern_sample(schema["pattern"], shortest, longest)
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    text = PLACEHOLDER * max(1, -(-shortest // len(PLACEHOLDER)))
    return text if longest is None else text[: int(longest)]


def pattern_sample(pattern: str, shortest: int = 0, longest: float | None = None) -> str:
    """Return a string that ``pattern`` (JavaScript's) matches, of a length in bounds where that can be found.

    The same pattern always gives the same string. One for which none is found gives the placeholder.
    """
    try:
        compiled = compile_pattern(pattern)
        tree = _parser.parse(compiled.pattern, re.ASCII)
    except (PatternError, re.error):
        return PLACEHOLDER
    matching = [text for text in _candidates(tree, min(shortest, _LONGEST)) if compiled.search(text)]
    for text in matching:
        if shortest <= len(text) and (longest is None or len(text) <= longest):
            return text
    return matching[0] if matching else PLACEHOLDER


def _candidates(tree: Any, shortest: int) -> Iterator[str]:
    """Yield strings for a parsed pattern, the plainest first: repeats as short as they can be, then longer ones."""
    for wanted in (1, 0, 2, 3, 5, shortest):
        for choice in range(_CHOICES):
            text = _Sampler(wanted, choice).sequence(tree)
            yield text
            padding = max(0, shortest - len(text))
            yield text + "a" * padding
            yield "a" * padding + text


class _Sampler:
    """Writes one string for a parsed pattern.

    ``wanted``: how often what may be repeated should be. ``choice``: which of several branches and characters to take;
    the last one takes another character each time.
    """

    def __init__(self, wanted: int, choice: int) -> None:
        self.wanted = wanted
        self.choice = choice
        self.groups: dict[int, str] = {}
        self.turns = itertools.count() if choice == _CHOICES - 1 else itertools.repeat(choice)

    def sequence(self, tree: Any) -> str:
        return "".join(self._one(str(operation), argument) for operation, argument in tree)

    def _one(self, operation: str, argument: Any) -> str:
        if operation == "LITERAL":
            return chr(argument)
        if operation == "NOT_LITERAL":
            return self._pick([char for char in _PREFERRED if ord(char) != argument])
        if operation == "ANY":
            return self._pick(_PREFERRED)
        if operation == "IN":
            return self._char(argument)
        return self._compound(operation, argument)

    def _compound(self, operation: str, argument: Any) -> str:
        if operation == "BRANCH":
            return self.sequence(argument[1][self.choice % len(argument[1])])
        if operation == "SUBPATTERN":
            text = self.sequence(argument[3])
            if argument[0]:
                self.groups[argument[0]] = text
            return text
        if operation in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = argument
            count = min(int(most), max(int(least), self.wanted), _LONGEST)
            return "".join(self.sequence(inner) for _ in range(count))
        if operation == "GROUPREF":
            return self.groups.get(argument, "")
        if operation == "GROUPREF_EXISTS":
            number, present, absent = argument
            branch = present if number in self.groups else absent
            return self.sequence(branch) if branch else ""
        # Anchors and lookarounds take no room; whether they hold is tried out afterwards.
        return ""

    def _char(self, members: Any) -> str:
        source = "[" + "".join(_member(str(kind), value) for kind, value in members) + "]"
        accepts = re.compile(source, re.ASCII).match
        lows = (chr(value if str(kind) == "LITERAL" else value[0]) for kind, value in members if _is_char(str(kind)))
        return self._pick([char for char in (*_PREFERRED, *lows, *_RARE) if accepts(char)])

    def _pick(self, chars: Sequence[str]) -> str:
        return chars[next(self.turns) % len(chars)] if chars else ""


def _is_char(kind: str) -> bool:
    return kind in ("LITERAL", "RANGE")


def _member(kind: str, value: Any) -> str:
    if kind == "NEGATE":
        return "^"
    if kind == "LITERAL":
        return f"\\U{value:08x}"
    if kind == "RANGE":
        return f"\\U{value[0]:08x}-\\U{value[1]:08x}"
    names = {"DIGIT": r"\d", "NOT_DIGIT": r"\D", "WORD": r"\w", "NOT_WORD": r"\W", "SPACE": r"\s", "NOT_SPACE": r"\S"}
    return names[str(value).removeprefix("CATEGORY_")]
