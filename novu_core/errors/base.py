"""The base of every error, and what errors are made of."""

from __future__ import annotations

from typing import Any, NamedTuple


class FieldError(NamedTuple):
    """One fault of a validated value: a JSON pointer (``""`` is the value itself) and what is wrong there."""

    path: str
    message: str


def pointer_part(part: object) -> str:
    """Escape one step of a JSON pointer."""
    return str(part).replace("~", "~0").replace("/", "~1")


def text_of(value: object) -> str:
    """Return the text of an exception, or of any value, also of one whose ``__str__`` raises."""
    try:
        return str(value)
    except BaseException:  # of users' classes, which may raise anything at all
        return f"a {type(value).__name__} that cannot be printed"


class NovuError(Exception):
    """Base of every error here. ``code`` is the name on the wire, ``status_code`` the HTTP status it maps to."""

    status_code = 500
    retriable = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def code(self) -> str:
        """The error's name on the wire."""
        return type(self).__name__

    def __reduce__(self) -> tuple[Any, ...]:
        # Not through __init__, which takes other arguments in some of the classes below.
        return Exception.__new__, (type(self), *self.args), vars(self)
