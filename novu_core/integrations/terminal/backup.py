"""``novu backup``: a copy of a SQLite store while processes use it."""

from __future__ import annotations

from pathlib import Path

import click

from novu_core.integrations.terminal.output import as_json, client, echo, say, tells_errors
from novu_core.lines import one_line


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_json
@tells_errors
def backup(file: Path, json_output: bool) -> None:
    """Copy the store to FILE, which must not exist, as of one moment. For PostgreSQL use pg_dump."""
    size = client().backup(file)
    if json_output:
        echo({"file": str(file), "bytes": size})
    else:
        say(one_line(f"Copied the store to {file}: {size:,} bytes."))
