"""``novu live``: the hub of live inboxes as a process of its own."""

from __future__ import annotations

import json
import signal
import threading

import click

from novu_core.integrations.terminal.addresses import authority, listening
from novu_core.integrations.terminal.output import Failure, client, say, tells_errors


@click.command("live")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 chooses a free one."
)
@click.option("--json", "json_output", is_flag=True, help="Print the address as a line of JSON.")
@tells_errors
def run_live(host: str, port: int, json_output: bool) -> None:
    """Serve live updates of inboxes beside a server that hands over no sockets, until interrupted.

    Both doors stand at the paths that they have in the app: socket.io's and the plain one.
    """
    from novu_core.live.finding import hub_of  # imported only when used
    from novu_core.live.server import listen

    found = client()
    if found.engine.parts.store.database.memory:
        raise Failure("The store is in memory, where this process sees nothing of another's; set NOVU_STORE_URL.")
    stop = threading.Event()
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    hub = hub_of(found)
    try:
        with listening(host, port):
            address = listen(found, hub, host, port).address
    except Failure:
        found.close()
        raise
    url = f"ws://{authority(address)}{found.settings.url_prefix}"
    say(json.dumps({"url": url}) if json_output else f"Live updates at {url}. Ctrl-C stops.")
    stop.wait()
    found.close()
