"""Texts that a JavaScript pattern is likely to match, for mocks; the caller tries them out against the pattern."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from novu_core.javascript.jsonschema.patterns import compile_pattern
from novu_core.javascript.text import join_surrogates

CHOICES = 4
"""How many ways there are to choose among branches and characters."""
LONGEST = 10_000
"""Longest text that is written for a pattern, and most repeats in one."""

_PREFERRED = "aA0-_./ :@"
_RARE = "\u00e9\u03b1\u0416\u4e2d\U0001f600!~\x00\t\n\v\f\r\b"
_HEX = "[0-9a-fA-F]"
_CODE = re.compile(rf"\\u\{{({_HEX}+)\}}|\\u({_HEX}{{4}})|\\x({_HEX}{{2}})|\\c([a-zA-Z])|(.)", re.DOTALL)
_ATOM = re.compile(
    rf"""
    \\k<(?P<name>[^>]*)> | \\(?P<number>[1-9][0-9]*) | (?P<anchor>[\^$]|\\[bB])
    | (?P<look>\(\?<?[=!]) | (?P<group>\((?:\?<(?P<named>[^>]*)>)?(?!\?)) | (?P<open>\(\?[^:]*:)
    | \[(?:\\.|[^\]\\])*\] | \\u[dD][89abAB]..\\u[dD][c-fC-F].. | \\u\{{{_HEX}+\}} | \\u.{{4}} | \\x.. | \\c.
    | \\[pP]\{{[^}}]*\}} | \\. | .
    """,
    re.DOTALL | re.VERBOSE,
)
_REPEAT = re.compile(r"(?:\*|(\+)|(\?)|\{([0-9]+)(?:(,)([0-9]*))?\})\??")


class _Run:
    """One text being written. ``wanted`` and ``choice`` are those of :meth:`Sampler.sample`."""

    def __init__(self, wanted: int, choice: int) -> None:
        self.wanted = wanted
        self.choice = choice
        self.room = 2 * LONGEST  # for both
        self.groups: dict[str, str] = {}
        self.turns: Iterator[int] = itertools.count() if choice == CHOICES - 1 else itertools.repeat(choice)

    def spend(self) -> bool:
        """Use one unit of room; return whether there was any."""
        self.room -= 1
        return self.room >= 0


_Part = Callable[[_Run], str]


class Sampler:
    """Parses a valid pattern into parts, each of which writes a piece of a text."""

    def __init__(self, pattern: str) -> None:
        self._source = pattern
        self._at = 0
        self._groups = 0
        self._whole = self._alternatives()

    def sample(self, wanted: int, choice: int) -> str:
        """Return a text. What may be repeated is repeated ``wanted`` times where that is allowed.

        ``choice``, below ``CHOICES``, tells which of several branches and characters to take; the last one takes
        another character each time.
        """
        return self._whole(_Run(wanted, choice))

    def _alternatives(self) -> _Part:
        branches = [self._sequence()]
        while self._source.startswith("|", self._at):
            self._at += 1
            branches.append(self._sequence())
        return lambda run: branches[run.choice % len(branches)](run)

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self._at < len(self._source) and self._source[self._at] not in "|)":
            parts.append(self._repeated(self._atom()))
        return lambda run: "".join([part(run) for part in parts])

    def _repeated(self, part: _Part) -> _Part:
        found = _REPEAT.match(self._source, self._at)
        if not found:
            return part
        self._at = found.end()
        plus, optional, low, comma, high = found.groups()
        least = int(low or bool(plus))
        most = 1 if optional else int(high) if high else least if low and not comma else LONGEST

        def write(run: _Run) -> str:
            pieces: list[str] = []
            for _ in range(min(most, max(least, run.wanted))):
                if not run.spend():
                    break
                pieces.append(part(run))
            return "".join(pieces)

        return write

    def _atom(self) -> _Part:
        found = _ATOM.match(self._source, self._at)
        assert found
        self._at = found.end()
        if found["group"] or found["look"] or found["open"]:
            return self._group(found)
        reference = found["name"] or found["number"]
        if reference:
            return lambda run: run.groups.get(reference, "")
        # Whether an anchor holds is for the caller to find out.
        chars = "" if found["anchor"] else _matching(found[0])
        return lambda run: chars[next(run.turns) % len(chars)] if chars and run.spend() else ""

    def _group(self, found: re.Match[str]) -> _Part:
        self._groups += bool(found["group"])
        names = (str(self._groups), found["named"])
        inner = self._alternatives()
        self._at += 1
        if found["look"]:
            return lambda run: ""
        if not found["group"]:
            return inner

        def write(run: _Run) -> str:
            text = inner(run)
            run.groups.update(dict.fromkeys(names, text))
            return text

        return write


@lru_cache(maxsize=256)
def _matching(atom: str) -> str:
    """Return characters that a part of a pattern matches, such as a class or an escape; ordinary ones first."""
    search = compile_pattern(f"^{atom}$")
    return "".join(char for char in dict.fromkeys(_PREFERRED + _written(atom) + _RARE) if search(char))


def _written(atom: str) -> str:
    """Return the characters that stand in a part of a pattern, as themselves or as a code."""
    chars = []
    for braced, four, two, control, char in _CODE.findall(atom):
        code = int(braced or four or two or "0", 16)
        chars.append(char or chr(ord(control) % 32 if control else code))
    return join_surrogates("".join(chars))
