"""Texts of strangers on a terminal and in a log: shown, not obeyed, and never a line of their own."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

import novu_core
from novu_core.lines import harmless, logger_of, one_line

CLEARS = "u\x1b[2J\x1b]0;owned\x07\x1b[31mpaid\r"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (CLEARS, "u\\x1b[2J\\x1b]0;owned\\x07\\x1b[31mpaid"),
        ("u\n01a2-fake  w  admin  completed", "u 01a2-fake  w  admin  completed"),
        ("a\r\n  b\rc", "a b c"),
        ("a\x0bb\x0cc\x85d\u2028e\u2029f", "a\\x0bb\\x0cc\\x85d\\u2028e\\u2029f"),
        ("\x9b2J\x90q\x9c", "\\x9b2J\\x90q\\x9c"),
        ("paid\u202edaor\u2066x\u2069", "paid\\u202edaor\\u2066x\\u2069"),
        ("a\tb", "a\\tb"),
        ("half \ud83d", "half \\ud83d"),
        ("\x7f\x00", "\\x7f\\x00"),
        ("Zoë ☃", "Zoë ☃"),
        ("שלום \u200f שלום 👩\u200d👧", "שלום \u200f שלום 👩\u200d👧"),
        ("C:\\x1b", "C:\\x1b"),
    ],
)
def test_one_line_is_one_line_and_obeyed_by_nobody(text, line):
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("dos\r\nlines", "dos\nlines"),
        ("over\rwritten", "over\\rwritten"),
        (CLEARS, "u\\x1b[2J\\x1b]0;owned\\x07\\x1b[31mpaid\\r"),
        ("a\x85b\u202ec", "a\\x85b\\u202ec"),
    ],
)
def test_a_text_keeps_its_lines(text, shown):
    assert harmless(text) == shown


@pytest.fixture
def told():
    logger, stream = logger_of("novu_core.tests.lines"), io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream.getvalue
    logger.removeHandler(handler)
    logger.propagate = True


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("arg", "shown"),
    [
        (CLEARS, "u\\x1b[2J\\x1b]0;owned\\x07\\x1b[31mpaid"),
        ("u\nERROR forged", "u ERROR forged"),
        (ValueError("a\n\x1b[2Jb"), "a \\x1b[2Jb"),
        (Unprintable(), "a Unprintable that cannot be printed"),
        ("Zoë ☃", "Zoë ☃"),
        (7, "7"),
        (None, "None"),
    ],
)
def test_what_a_line_of_the_log_quotes_stays_in_it(told, arg, shown):
    logger, text = told
    logger.warning("Subscriber %s is told", arg)
    assert text() == f"WARNING Subscriber {shown} is told\n"


def raised(error, cause=None):
    try:
        raise error from cause
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    "error",
    [
        raised(ValueError("a\x1b[2J\nERROR forged\r\nERROR forged too")),
        raised(RuntimeError("plain"), ValueError("a\x1b[2J\nERROR forged\rERROR forged too")),
        raised(RuntimeError("wraps a\x1b[2J\nERROR forged"), ValueError("a\x1b[2J\nERROR forged")),
    ],
)
def test_the_text_of_an_exception_begins_no_line_of_a_trace(told, error):
    logger, text = told
    logger.error("It failed", exc_info=error)
    lines = text().splitlines()
    assert lines[0] == "ERROR It failed"
    assert [line for line in lines[1:] if line.startswith("ERROR")] == []
    assert any(line.startswith("    ERROR forged") for line in lines)
    assert "\x1b" not in text()
    assert "\\x1b[2J" in text()
    assert "Traceback (most recent call last):" in lines


def test_a_trace_without_such_text_is_the_formatter_s_own(told):
    logger, text = told
    records: list[logging.LogRecord] = []
    logger.addFilter(lambda record: records.append(record) or True)
    inner = raised(KeyError("b"))
    inner.__cause__ = inner  # a circle
    logger.error("It failed", exc_info=raised(ValueError("plain"), inner))
    assert "ValueError: plain" in text()
    logger.error("No exception", exc_info=True)
    assert "NoneType: None" in text()
    assert len(records) == 2


def test_a_group_of_exceptions_is_looked_through(told):
    logger, text = told
    error = raised(ValueError("outer"))
    error.exceptions = (ValueError("inner\x1b[2J"),)  # as an ExceptionGroup has them
    logger.error("It failed", exc_info=error)
    logger.error("%(dictionary)s", {"dictionary": "as it is"})
    assert "as it is" in text()


def test_every_file_that_quotes_strangers_in_the_log_has_such_a_logger():
    root = Path(novu_core.__file__).parent
    plain = {path.name for path in root.rglob("*.py") if "getLogger(" in path.read_text("utf-8")}
    # threads.py, below it, names only threads of ours; apprise_urls.py keeps what a library logs from being logged.
    assert plain == {"lines.py", "threads.py", "apprise_urls.py"}
