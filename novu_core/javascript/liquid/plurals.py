"""English plurals and singulars, by the library that follows npm's ``pluralize``, which the peer's filter uses."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pluralizer import Pluralizer

_LONGEST_ENDING = 64


def pluralize(word: str, count: float) -> str:
    """Return a word's singular for a count of exactly 1, else its plural. Raises TypeError for what is not text."""
    if not isinstance(word, str):
        raise TypeError("a word to pluralize must be text")
    # The rules look at the end of a word, but search all of it.
    start, ending = word[:-_LONGEST_ENDING], word[-_LONGEST_ENDING:]
    return start + (_rules().singular(ending) if count == 1 else _rules().plural(ending))


@cache
def _rules() -> Pluralizer:
    from pluralizer import Pluralizer  # imported only when used: it compiles its rules

    return Pluralizer()  # type: ignore[no-untyped-call]  # its __init__ has no annotations
