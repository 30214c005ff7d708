"""``novu prune``: delete what has ended long ago."""

from __future__ import annotations

import click

from novu_core.integrations.terminal.output import as_json, client, echo, say, tells_errors
from novu_core.integrations.terminal.words import plural
from novu_core.storage.retention import ENDED


@click.command("prune")
@click.option("--older-than", required=True, help="How long ago the runs ended: 90d, 12h, 30m or 8w.")
@click.option("--status", multiple=True, type=click.Choice(ENDED), help="Only runs with this status; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Count without deleting.")
@as_json
@tells_errors
def prune(older_than: str, status: tuple[str, ...], dry_run: bool, json_output: bool) -> None:
    """Delete old runs that have ended, with their steps, events and messages. In-app messages stay."""
    found = client().prune(older_than, status=status or None, dry_run=dry_run)
    if json_output:
        echo(found)
        return
    told = ", ".join(f"{count} {word}" for word, count in found.runs.items())
    does = "Would delete" if dry_run else "Deleted"
    say(f"{does} {plural(found.total, 'run')} that ended before {found.before.isoformat(timespec='seconds')}: {told}.")
