"""JavaScript's regular expressions, as JSON Schema's ``pattern`` means them: the library ``regress`` within bounds.

Read with the ``u`` flag, as Ajv does: ``\\d`` and ``\\w`` are ASCII, ``$`` is the very end, a needless escape an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from regress import Regex, RegressError

T = TypeVar("T")
MAX_CHARS = 20_000
"""Length of a pattern: a ``\\p{L}`` takes some 10 KB when compiled."""
MAX_BRANCHES = 2_000
"""How many ``|`` a pattern may hold: regress recurses into each of them, and would overflow the C stack."""
MAX_DEPTH = 200
"""Groups inside groups, for the same reason."""
MAX_REPEATS = 999_999
"""The highest number in braces: regress keeps its place for each turn of a group that may be empty."""

# In this order, so that what stands in brackets or behind a backslash is not taken for syntax.
_SYNTAX = re.compile(
    r"\\[bB](?P<repeat>[*+?]|\{\d+(?:,\d*)?\})|\\(?P<back>[1-9]\d{0,5})|\\.|\[(?:\\.|[^\]\\])*"
    r"|(?P<group>\((?:(?!\?)|\?<(?![=!])))|(?P<open>\()|(?P<close>\))|\{(?:\d*,)?0*(?P<many>\d{7,})",
    re.ASCII | re.DOTALL,
)


class PatternError(ValueError):
    """The text is not a regular expression of JavaScript, or it is too large."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Callable[[str], object]:
    """Compile a JavaScript pattern to a function that searches a text for it. Raises PatternError."""
    find = _compiled(pattern, "u").find

    def search(text: str) -> object:
        try:
            return _calm(pattern, lambda: find(text))
        except UnicodeEncodeError:  # half of a surrogate pair, which regress cannot be given
            return find(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))

    return search


def check_lenient(pattern: str) -> None:
    """Raise PatternError for what ``new RegExp(pattern)`` refuses, without the ``u`` flag."""
    _compiled(pattern, "")


def _compiled(pattern: str, flags: str) -> Regex:
    groups, highest = _measure(pattern)
    if highest > groups and "u" in flags:  # regress 2025.10.1 reads beyond its memory there
        raise PatternError(f"there is no group {highest}")
    try:
        return _calm(pattern, lambda: Regex(pattern, flags))
    except (RegressError, UnicodeEncodeError) as error:
        raise PatternError(str(error)) from error


def _calm(pattern: str, work: Callable[[], T]) -> T:
    """Return what the library gives; where its Rust panics, which is no Exception, raise PatternError."""
    try:
        return work()
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise PatternError(f"the pattern {pattern[:200]!r} is more than regress can do: {error}") from error


def _measure(pattern: str) -> tuple[int, int]:
    """Return how many groups there are to refer to, and the highest number that is referred to. Raises PatternError."""
    if len(pattern) > MAX_CHARS:
        raise PatternError(f"longer than {MAX_CHARS} characters")
    if pattern.count("|") > MAX_BRANCHES:
        raise PatternError(f"more than {MAX_BRANCHES} alternatives")
    depth = groups = highest = 0
    for token in _SYNTAX.finditer(pattern):
        kind = token.lastgroup
        depth += (kind in ("open", "group")) - (kind == "close")
        groups += kind == "group"
        if kind == "back":
            highest = max(highest, int(token["back"]))
        if depth > MAX_DEPTH:
            raise PatternError(f"groups nested deeper than {MAX_DEPTH} levels")
        if kind == "many":
            raise PatternError(f"more than {MAX_REPEATS} repeats")
        if kind == "repeat":  # which regress does not refuse, but writes out
            raise PatternError("nothing to repeat")
    return groups, highest
