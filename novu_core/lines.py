"""Texts of strangers as lines of a terminal or of a log: what either would obey is shown, not done."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator
from contextvars import ContextVar, Token

from novu_core.errors import text_of

FIELDS = ("execution_id", "workflow_id", "step_id")
"""What each record of ours has as attributes; None where nothing of the kind is in progress."""
_Fields = tuple[str | None, str | None, str | None]
_present: ContextVar[_Fields] = ContextVar("novu_log_fields", default=(None, None, None))

_BREAK = re.compile(r"\r\n?|\n")
_BREAKS = re.compile(r"\s*[\r\n]\s*")
_OBEYED = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
"""Control characters, other ends of lines, what turns the direction of text around, and halves of surrogate pairs."""
_IN_TEXT = re.compile(f"[{_OBEYED}]")
_IN_LINE = re.compile(f"[\t\n{_OBEYED}]")


def harmless(text: str) -> str:
    """Return text of any number of lines, in which nothing but line breaks and tabs is obeyed."""
    return _IN_TEXT.sub(_shown, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return text as one line, in which nothing is obeyed."""
    return _IN_LINE.sub(_shown, _BREAKS.sub(" ", text.strip()))


def logger_of(name: str) -> logging.Logger:
    """Return the logger of a module; what its lines quote cannot begin lines of its own."""
    logger = logging.getLogger(name)
    logger.addFilter(_quoting)
    return logger


class about:  # noqa: N801  # a block
    """A block in which records get these ``FIELDS``, in place of those of the blocks around it."""

    __slots__ = ("_fields", "_token")
    _token: Token[_Fields]

    def __init__(self, execution_id: str, workflow_id: str, step_id: str | None = None) -> None:
        self._fields = (execution_id, workflow_id, step_id)

    def __enter__(self) -> None:
        self._token = _present.set(self._fields)

    def __exit__(self, *exception: object) -> None:
        try:  # noqa: SIM105  # around every step, and suppress() takes as long as all else here
            _present.reset(self._token)
        except ValueError:  # a coroutine that nobody awaited to its end is closed in another context
            pass


def add_fields(record: logging.LogRecord) -> bool:
    """Give a record the ``FIELDS`` of what is in progress here; a filter for handlers of the app's own log."""
    own = record.__dict__
    for name, value in zip(FIELDS, _present.get(), strict=True):
        own.setdefault(name, value)
    return True


def _shown(found: re.Match[str]) -> str:
    return repr(found.group())[1:-1]


def _quoting(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(
            arg if isinstance(arg, int | float | None) else one_line(text_of(arg)) for arg in record.args
        )
    add_fields(record)
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and any(text_of(link) != one_line(text_of(link)) for link in _chain(error)):
        record.exc_text = _trace(error)  # which formatters take as it is
    return True


def _trace(error: BaseException) -> str:
    """Return the trace in which every line after the first of an exception's text is indented."""
    whole = "".join(traceback.format_exception(error)).rstrip("\n")
    for link in _chain(error):
        told = text_of(link)
        whole = whole.replace(told, _BREAK.sub("\n    ", told)) if told else whole
    return harmless(whole)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Go through an exception, those behind it and those within, each once."""
    seen: set[int] = set()
    left = [error]
    while left:
        link = left.pop()
        if id(link) not in seen:
            seen.add(id(link))
            yield link
            inside = getattr(link, "exceptions", None)
            behind = [link.__cause__, link.__context__, *(inside if isinstance(inside, tuple) else ())]
            left += [other for other in behind if isinstance(other, BaseException)]
