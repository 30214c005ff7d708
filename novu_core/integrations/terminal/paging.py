"""The options of commands that list, and what they say below a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from novu_core.integrations.terminal.output import say
from novu_core.records import CountedPage

F = TypeVar("F", bound=Callable[..., Any])


def paging(command: F) -> F:
    """Add ``--cursor``, ``--before`` and ``--limit``."""
    command = click.option("--limit", default=20, type=click.IntRange(1, 100))(command)
    command = click.option("--before", help="Continue before this cursor: `previous_cursor` of the next page.")(command)
    return click.option("--cursor", help="Continue after this cursor: `next_cursor` of the previous page.")(command)


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def more(page: CountedPage[Any]) -> None:
    """Say how many there are, and how to see the others."""
    if page.next_cursor or page.previous_cursor:
        say(f"{'More than ' * page.total_capped}{page.total} in all.")
    if page.next_cursor:
        say(f"Next: --cursor {page.next_cursor}")
    if page.previous_cursor:
        say(f"Previous: --before {page.previous_cursor}")
