"""``python -m novu_core --app module:attribute``: the commands of ``flask novu``, without a web framework."""

from __future__ import annotations

import click

from novu_core.client import Client
from novu_core.integrations.terminal import Face, group
from novu_core.integrations.terminal.loading import HELP, load


def _client() -> Client:
    root = click.get_current_context().find_root()
    if root.obj is None:
        root.obj = load(root.params["app"], root)
    found: Client = root.obj
    return found


def _bridge_url(client: Client) -> str:
    raise click.UsageError("Pass --bridge-url.")


novu = group(Face(_client, _bridge_url))
novu.params.append(click.Option(["--app"], help=HELP))

if __name__ == "__main__":
    novu.main(prog_name="python -m novu_core")
