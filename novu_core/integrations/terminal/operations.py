"""``novu worker, check, sync``: running and connecting the app."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING

import click

from novu_core.backends.loop import Loop
from novu_core.client import Client
from novu_core.client.checkup import findings
from novu_core.integrations.terminal.face import current_face
from novu_core.integrations.terminal.output import as_json, client, echo, say, table, tells_errors
from novu_core.integrations.terminal.words import plural
from novu_core.lines import one_line
from novu_core.types import JsonObject

if TYPE_CHECKING:
    from novu_core.integrations.terminal.metrics import MetricsServer


@click.command("worker")
@click.option(
    "--concurrency", default=4, type=click.IntRange(1, 256), help="How many runs to execute at the same time."
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    help="Serve /metrics on this port, without a key; 0 chooses a free one.",
)
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="The address to serve /metrics on.")
@click.option("--json", "json_output", is_flag=True, help="Print a line of JSON whenever the counts change.")
@tells_errors
def run_worker(concurrency: int, metrics_port: int | None, metrics_host: str, json_output: bool) -> None:
    """Run what is due until interrupted; with NOVU_WORKER=celery, only hand it over to Celery.

    Runs in progress finish first. After NOVU_GRACE_SECONDS those that hang are left to another worker.
    """
    found = client()
    metrics = None if metrics_port is None else _metrics(found, metrics_host, metrics_port)
    worker = _worker(found)
    does = f"Working on {plural(len(found.workflows), 'workflow')}, {plural(concurrency, 'run')} at a time."
    if found.settings.worker == "celery":
        does = f"Handing over the due runs of {len(found.workflows)} workflows to Celery."
    click.echo(f"{does} Ctrl-C stops.", err=True)
    if metrics is not None:
        click.echo(f"Metrics at {metrics.url}", err=True)
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: worker.request_stop())
    live = not json_output and sys.stderr.isatty()
    left = worker.work(concurrency, _JsonLines(found) if json_output else _live_line if live else None)
    ids = ", ".join(row.execution_id for row in left)
    click.echo(f"{chr(10) * live}Stopped after {worker.finished} runs.", err=True)
    if left:
        click.echo(
            f"Not ended within {found.settings.grace_seconds:g} seconds, so taken over when their leases expire: {ids}",
            err=True,
        )
    if metrics is not None:
        metrics.close()
    found.close()


def _metrics(found: Client, host: str, port: int) -> MetricsServer:
    from novu_core.integrations.terminal.metrics import MetricsServer  # imported only when used

    return MetricsServer(found, host, port)


def _worker(found: Client) -> Loop:
    """Return what works on a client's runs: it runs them, or hands them over."""
    if found.settings.worker != "celery":
        return found.worker
    from novu_core.backends.celery import sender

    return sender(found).heed()


def _live_line(worker: Loop) -> None:
    hanging = f", {len(worker.hanging)} of them hanging" if worker.hanging else ""
    click.echo(f"\r{worker.finished} runs done, {worker.active} in progress{hanging} ", err=True, nl=False)


class _JsonLines:
    """Prints the counts where they are others than before; what waits is counted once a second, and left out if none.

    Where Celery runs what is due, it is what counts, and always told.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._last: JsonObject = {}
        self._waiting: JsonObject = {}
        self._counted: float | None = None

    def __call__(self, worker: Loop) -> None:
        counts: JsonObject = {"finished": worker.finished, "active": worker.active}
        if self._counted is None or time.monotonic() - self._counted >= 1:
            self._waiting, self._counted = self._client.stats.due(), time.monotonic()
        if any(self._waiting.values()) or self._client.settings.worker == "celery":
            counts |= self._waiting
        if worker.hanging:
            counts["hanging"] = [row.execution_id for row in worker.hanging]
        if counts != self._last:
            self._last = counts
            click.echo(json.dumps(counts))


@click.command("check")
@click.option("--open", "open_runs", is_flag=True, help="Also replay open runs against this code, performing nothing.")
@as_json
@tells_errors
def check(open_runs: bool, json_output: bool) -> None:
    """Report what would go wrong in production. Exit code 1 if something would; 0 if there are only notes."""
    found = list(findings(client(), open_runs=open_runs))
    wrong = [finding for finding in found if not finding.note]
    if json_output:
        echo([{"where": row.where, "note" if row.note else "problem": one_line(row.problem)} for row in found])
    else:
        if found:
            table(["WHERE", "PROBLEM"], [[row.where, f"{'note: ' * row.note}{row.problem}"] for row in found])
        if not wrong:
            say(f"{plural(len(client().workflows), 'workflow')}, no problem found.")
    if wrong:
        raise SystemExit(1)


@click.command("sync")
@click.option("--bridge-url", help="The public address of this app's bridge, such as https://app.example.org/api/novu.")
@click.option("--api-url", help="The URL of Novu's API; NOVU_API_URL by default.")
@as_json
@tells_errors
def sync(bridge_url: str | None, api_url: str | None, json_output: bool) -> None:
    """Register this app's bridge with Novu."""
    from novu_core.cloud.remote import Remote

    found = client()
    settings = found.settings
    bridge_url = bridge_url or current_face().bridge_url(found)
    answer = Remote(api_url or settings.api_url, settings.secret_key[0] if settings.secret_key else None).sync(
        bridge_url
    )
    if json_output:
        echo(answer)
    else:
        say(f"Novu knows {bridge_url} now.")
