"""``novu suppressions``: addresses to which nothing is sent, to look at and change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from novu_core.integrations.terminal.output import as_json, client, echo, say, table, tells_errors
from novu_core.integrations.terminal.paging import given, more, paging
from novu_core.lines import one_line
from novu_core.records import SuppressionRecord

suppressions = click.Group("suppressions", help="List and change addresses to which nothing is sent.")


@suppressions.command("list")
@paging
@as_json
@tells_errors
def list_suppressions(json_output: bool, **options: Any) -> None:
    """List suppressed addresses, newest first."""
    page = client().suppressions.list(**given(options))
    if json_output:
        echo(page)
        return
    _table(page)
    more(page)


@suppressions.command("show")
@click.argument("address")
@as_json
@tells_errors
def show_suppression(address: str, json_output: bool) -> None:
    """Show why nothing is sent to an address."""
    _print(client().suppressions.get(address), json_output)


@suppressions.command("add")
@click.argument("address")
@click.option("--reason", default="manual", help="One line of text, shown in the timeline of what is skipped.")
@as_json
@tells_errors
def add_suppression(address: str, reason: str, json_output: bool) -> None:
    """Send nothing to an address from now on; one that is already suppressed stays as it is."""
    _print(client().suppressions.add(address, reason=reason), json_output)


@suppressions.command("remove")
@click.argument("address")
@as_json
@tells_errors
def remove_suppression(address: str, json_output: bool) -> None:
    """Send to an address again."""
    client().suppressions.remove(address)
    if json_output:
        echo({"removed": address})
    else:
        say(one_line(f"{address} gets e-mail again."))


def _print(found: SuppressionRecord, json_output: bool) -> None:
    if json_output:
        echo(found)
    else:
        _table([found])


def _table(found: Iterable[SuppressionRecord]) -> None:
    rows = [[each.address, each.reason, each.created_at.isoformat(timespec="seconds"), each.detail] for each in found]
    table(["ADDRESS", "REASON", "SINCE", "DETAIL"], rows)
