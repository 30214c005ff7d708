"""``manage.py novu``: the shared commands, for this project."""

from __future__ import annotations

import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import click
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import NoReverseMatch, reverse

from novu_core.client import Client
from novu_core.integrations.django.client import client_in_use
from novu_core.integrations.terminal import Face, group


def _bridge_url(client: Client) -> str:
    names = [host for host in settings.ALLOWED_HOSTS if host.strip(".*") == host]
    if len(names) != 1:
        raise click.UsageError("Pass --bridge-url, or name one host in ALLOWED_HOSTS.")
    try:
        return f"https://{names[0]}{reverse('novu:bridge')}"
    except NoReverseMatch as error:
        raise click.UsageError("Pass --bridge-url; no URLconf includes novu_core.integrations.django.urls.") from error


class _Parser(CommandParser):
    """Takes Django's options from wherever they stand, and leaves the rest, ``--help`` too, to the group."""

    def parse_args(self, *args: Any, **named: Any) -> Any:
        options, options.args = self.parse_known_args(*args, **named)
        return options


class Command(BaseCommand):
    """Hands what was typed to the group."""

    help = "Notification workflows: list, trigger, preview, history, people, controls, worker."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser of Django's own options."""
        common = super().create_parser(prog_name, subcommand, add_help=False, **kwargs)
        return _Parser(prog=common.prog, parents=[common], add_help=False, allow_abbrev=False)

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Print the group's help, for ``manage.py help novu``."""
        self.handle("--help")

    def handle(self, *args: str, **options: Any) -> None:
        """Run the command. Raises CommandError, which ends with 1 for an error and with 2 for wrong usage."""
        made = group(Face(client_in_use, _bridge_url))
        made.epilog = "Django's own options, such as --settings and --verbosity, may stand anywhere."
        out, err = options.get("stdout") or sys.stdout, options.get("stderr") or sys.stderr
        try:
            with redirect_stdout(out), redirect_stderr(err):
                made.main([*args] or ["--help"], "manage.py novu", standalone_mode=False)
        except click.ClickException as error:
            raise CommandError(_told(error), returncode=error.exit_code) from error
        except click.Abort as error:
            raise CommandError("Aborted.") from error


def _told(error: click.ClickException) -> str:
    message = error.format_message()
    if message.startswith("Usage:"):  # the help of a group of which no command was named
        return f"Name a command.\n{message}"
    usage = error.ctx.get_usage() if isinstance(error, click.UsageError) and error.ctx else ""
    return f"{message}\n{usage}".strip()
