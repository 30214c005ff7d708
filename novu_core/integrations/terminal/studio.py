"""``novu studio``: where the Studio is, and a link that opens it."""

from __future__ import annotations

import click

from novu_core.http.session import Sessions
from novu_core.integrations.terminal.face import current_face
from novu_core.integrations.terminal.output import as_json, client, echo, say, tells_errors

_HERE = "http://127.0.0.1:5000"


@click.command("studio")
@click.option("--url", help="The app's address, without the prefix; by default its public address, or this machine.")
@as_json
@tells_errors
def studio(url: str | None, json_output: bool) -> None:
    """Print the Studio's address, and a link that logs in once, within a minute, where a login is needed."""
    found = client()
    settings = found.settings
    address = f"{(url or settings.public_url or _own_address()).rstrip('/')}{settings.url_prefix}/studio"
    code = None if settings.studio_access is not None else Sessions(settings, found.clock).code()
    login = f"{address}#/login/{code}" if code and settings.studio_on and not settings.open_by_debug else None
    if json_output:
        echo({"url": address, "on": settings.studio_on, "login": login})
        return
    say(address)
    if not settings.studio_on:
        say("The Studio is off here: set NOVU_STUDIO to on, or run in debug mode.")
    elif login is not None:
        say(f"Log in once, within a minute: {login}")


def _own_address() -> str:
    """The app's address as its framework knows it, else what a server of development has."""
    found = client()
    try:
        return current_face().bridge_url(found).removesuffix("/").removesuffix(found.settings.url_prefix)
    except click.UsageError:
        return _HERE
