"""``novu executions``: the history, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from novu_core import Client, ExecutionContext
from novu_core.engine.stuck import stuck
from novu_core.integrations.terminal.output import as_json, client, echo, say, table, tells_errors
from novu_core.integrations.terminal.redriving import retry
from novu_core.integrations.terminal.showing import show, until
from novu_core.lines import one_line
from novu_core.types import JsonObject

executions = click.Group("executions", help="Read the history; retry and cancel executions.")


@executions.command("list")
@click.option("--workflow", "workflow_id", help="Only runs of this workflow.")
@click.option("--status", type=click.Choice(["pending", "running", "completed", "failed"]))
@click.option("--subscriber", "subscriber_id", help="Only runs for this subscriber.")
@click.option("--transaction-id", help="Only runs of this trigger.")
@click.option("--cursor", help="Continue after this cursor: `next_cursor` of the previous page.")
@click.option("--limit", default=20, type=click.IntRange(1, 100))
@as_json
@tells_errors
def list_executions(json_output: bool, **filters: Any) -> None:
    """List executions, newest first."""
    made = client()
    page = made.executions.list(**{name: value for name, value in filters.items() if value is not None})
    hanging = {run.execution_id: run.since for run in stuck(made.engine.parts)}
    if json_output:
        echo({**page.to_json(), "items": [_json(run, hanging) for run in page]})
        return
    table(
        ["EXECUTION", "WORKFLOW", "SUBSCRIBER", "STATUS", "OUTCOME", "UNTIL", "CREATED"],
        [
            [run.execution_id, _workflow(made, run), run.payload.recipient, run.status, _state(run, hanging),
             until(run), run.created_at.isoformat(timespec="seconds")]
            for run in page
        ],
    )  # fmt: skip
    for run in page:
        if run.unreadable is not None:
            say(one_line(run.unreadable))
    if page.next_cursor:
        say(f"There are more: --cursor {page.next_cursor}")
    asked = {name: filters[name] for name in ("workflow_id", "transaction_id") if filters[name] is not None}
    if filters["status"] in (None, "pending") and filters["subscriber_id"] is None:
        for fanout in made.executions.fanouts(status="open", **asked):
            say(str(fanout))


@executions.command("show")
@click.argument("execution_id")
@as_json
@tells_errors
def show_execution(execution_id: str, json_output: bool) -> None:
    """Show one execution with its steps."""
    made = client()
    show(made, made.executions.get(execution_id), json_output)


@executions.command("cancel")
@click.argument("execution_id")
@as_json
@tells_errors
def cancel_execution(execution_id: str, json_output: bool) -> None:
    """Cancel an execution that has not ended."""
    made = client()
    show(made, made.executions.cancel(execution_id), json_output)


def _json(run: ExecutionContext, hanging: Mapping[str, datetime]) -> JsonObject:
    since = hanging.get(run.execution_id)
    return run.to_json() if since is None else {**run.to_json(), "hanging_since": since.isoformat()}


def _state(run: ExecutionContext, hanging: Mapping[str, datetime]) -> str | None:
    since = hanging.get(run.execution_id)
    return run.outcome or run.waiting_for if since is None else f"hanging since {since.isoformat(timespec='seconds')}"


def _workflow(made: Client, run: ExecutionContext) -> str:
    here = run.completed_at is not None or run.workflow_id in made.workflows
    return run.workflow_id if here else f"{run.workflow_id} (not here)"


executions.add_command(retry)
