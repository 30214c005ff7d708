"""What every command shares: the app's client, tables and JSON, errors in one line."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import click

from novu_core.client import Client
from novu_core.codec import jsonable
from novu_core.errors import NovuError, text_of
from novu_core.integrations.terminal.face import FaceGroup, current_face
from novu_core.lines import harmless, one_line

F = TypeVar("F", bound=Callable[..., Any])

as_json = click.option("--json", "json_output", is_flag=True, help="Print JSON.")


class Failure(click.ClickException):
    """An error of ours, told in one line; exit code 1."""


def client() -> Client:
    """Return the app's client, built, or fail with advice."""
    made = current_face().client()
    made.prepare()  # build the client now, so that bad settings are reported
    wakes, made.wakes = made.wakes, False  # a worker that ends with the command would leave its claims to their leases
    click.get_current_context().call_on_close(lambda: setattr(made, "wakes", wakes))  # the app may live on, in tests
    return made


def program() -> str:
    """Return what was typed before the group's first command, such as ``flask novu``."""
    context = click.get_current_context()
    while context.parent is not None and not isinstance(context.command, FaceGroup):
        context = context.parent
    return context.command_path


def tells_errors(command: F) -> F:
    """Turn an error into one line and exit code 1: ours as it is, any other with its type and where it was raised."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except NovuError as error:
            raise Failure(one_line(str(error))) from error
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__}: {text_of(error)} ({place.filename}:{place.lineno})"
            raise Failure(one_line(told)) from error

    return cast(F, run)


def _encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def say(text: str) -> None:
    """Print text; what a terminal would obey is shown, and so are letters that its encoding lacks."""
    encoding = _encoding()
    click.echo(harmless(text).encode(encoding, "backslashreplace").decode(encoding))


def echo(data: Any) -> None:
    """Print data as JSON, in ASCII where a terminal would obey something or lacks a letter."""
    plain = jsonable(data)
    text = json.dumps(plain, indent=2, ensure_ascii=False)
    shown = harmless(text).encode(_encoding(), "backslashreplace").decode(_encoding())
    click.echo(text if shown == text else json.dumps(plain, indent=2))


def table(head: list[str], rows: list[list[Any]]) -> None:
    """Print rows in aligned columns."""
    texts = [[("" if cell is None else one_line(str(cell))) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(head, *texts, strict=True)]
    for line in [head, *texts]:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def parse_json(text: str, option: str) -> Any:
    """Return an option's JSON object, or fail naming the option (exit code 2)."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"is not JSON: {error}", param_hint=option) from None
    if not isinstance(found, dict):
        raise click.BadParameter("is not a JSON object", param_hint=option)
    return found


def recipient(text: str) -> Any:
    """Return ``--to``: an id, or JSON where it looks like it."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"is not JSON: {error}", param_hint="--to") from None
