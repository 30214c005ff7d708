"""``flask novu``: the shared commands, for the app that ``flask`` loads."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from novu_core.client import Client
from novu_core.integrations.terminal import Face, Failure, group


@with_appcontext
def _client() -> Client:
    found: Client | None = current_app.extensions.get("novu")
    if found is None:
        raise Failure("This app has no Novu extension; call Novu(app) or novu.init_app(app) in its factory.")
    return found


def _bridge_url(client: Client) -> str:
    server = current_app.config.get("SERVER_NAME")
    if not server:
        raise click.UsageError("Pass --bridge-url, or set SERVER_NAME in the app's configuration.")
    scheme = current_app.config.get("PREFERRED_URL_SCHEME", "https")
    return f"{scheme}://{server}{client.settings.url_prefix}"


novu_cli = group(Face(_client, _bridge_url))
