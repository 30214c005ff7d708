"""``novu executions retry``: one failed execution, or all that failed since a deploy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import click
from dateutil.parser import isoparse

from novu_core import Client, ExecutionContext
from novu_core.engine.faults import summary
from novu_core.errors import NovuError
from novu_core.integrations.terminal.output import as_json, client, echo, say, tells_errors
from novu_core.integrations.terminal.showing import headline, show
from novu_core.lines import one_line
from novu_core.records.ids import UNSET
from novu_core.types import JsonObject


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """Read ISO 8601; UTC where it names no offset."""
    try:
        found = isoparse(value) if value is not None else None
    except ValueError:
        told = f"{value!r} is not a time in ISO 8601, such as 2026-01-05T09:00:00Z."
        raise click.BadParameter(told, ctx, param) from None
    return found if found is None or found.tzinfo else found.replace(tzinfo=timezone.utc)


@click.command("retry")
@click.argument("execution_id", required=False)
@click.option("--workflow", "workflow_id", help="Retry failed executions of this workflow.")
@click.option(
    "--status", type=click.Choice(["failed", "partial"]), help="Retry failed executions, or only partly failed ones."
)
@click.option(
    "--since", callback=_moment, help="Retry what failed at this time or later (ISO 8601; UTC if it has no offset)."
)
@as_json
@tells_errors
def retry(
    execution_id: str | None, workflow_id: str | None, status: str | None, since: datetime | None, json_output: bool
) -> None:
    """Retry one failed execution, or many; what was delivered is not sent again. Exit code 1 if one fails."""
    made, many = client(), any((workflow_id, status, since))
    if bool(execution_id) == many:
        raise click.UsageError("Pass an execution's id, or select executions with --workflow, --status and --since.")
    if execution_id:
        execution = made.executions.retry(execution_id)
        show(made, execution, json_output)
        failed = execution.status == "failed"
    else:
        failed = _retry_all(made, list(_failed(made, workflow_id, status, since)), json_output)
    if failed:
        raise SystemExit(1)


def _failed(
    made: Client, workflow_id: str | None, status: str | None, since: datetime | None
) -> Iterator[ExecutionContext]:
    cursor, workflow = None, UNSET if workflow_id is None else workflow_id
    while True:
        page = made.executions.list(status="failed", workflow_id=workflow, limit=100, cursor=cursor)
        for run in page:
            late = since is None or (run.completed_at is not None and run.completed_at >= since)
            if late and (status != "partial" or run.outcome == "partial"):
                yield run
        cursor = page.next_cursor
        if cursor is None:
            return


def _retry_all(made: Client, runs: list[ExecutionContext], json_output: bool) -> bool:
    """Retry them, the oldest first, since it may own the window that the others joined; tell whether one failed."""
    rows: list[JsonObject] = []
    sums = dict.fromkeys(("completed", "running", "failed"), 0)
    for run in reversed(runs):
        try:
            again = made.executions.retry(run.execution_id)
            told: str = headline(again)
            row: JsonObject = {"execution_id": run.execution_id, "status": again.status}
            if again.error and again.status == "failed":
                row["error"] = again.error
                told += f": {summary(again.error)}"
        except NovuError as error:  # such as one that another process has just retried
            told = f"{run.execution_id}  {run.workflow_id} -> {run.payload.recipient}: not retried: {error}"
            row = {"execution_id": run.execution_id, "status": "failed", "error": {"message": str(error)}}
        rows.append(row)
        sums["running" if row["status"] == "pending" else row["status"]] += 1
        if not json_output:
            say(one_line(told))
    if json_output:
        echo({"items": rows, "retried": len(rows), **sums})
    else:
        say(f"{len(rows)} retried: " + ", ".join(f"{count} {status}" for status, count in sums.items()) + ".")
    return sums["failed"] > 0
