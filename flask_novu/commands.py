"""``flask novu`` as a command of the app, so that ``app.test_cli_runner().invoke(args=["novu", ...])`` knows it too."""

from __future__ import annotations

import click


class Commands(click.Group):
    """The group of :mod:`flask_novu.cli`, which is imported when a command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names."""
        return _group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command."""
        return _group().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        return _group().invoke(ctx)


def _group() -> click.Group:
    from flask_novu.cli import novu_cli  # with tables and previews, imported only when used

    return novu_cli
