"""``novu executions``: the history, and what to do about it."""

from __future__ import annotations

from typing import Any

import click

from novu_core import Client, ExecutionContext
from novu_core.integrations.terminal.output import as_json, client, echo, say, table, tells_errors
from novu_core.integrations.terminal.redriving import retry
from novu_core.integrations.terminal.showing import show, until

executions = click.Group("executions", help="Read the history; retry and cancel executions.")


@executions.command("list")
@click.option("--workflow", "workflow_id", help="Only of this workflow.")
@click.option("--status", type=click.Choice(["pending", "running", "completed", "failed"]))
@click.option("--subscriber", "subscriber_id", help="Only of this subscriber.")
@click.option("--transaction-id", help="Only of this trigger.")
@click.option("--cursor", help="Only what comes after this: `next_cursor` of the page before.")
@click.option("--limit", default=20, type=click.IntRange(1, 100))
@as_json
@tells_errors
def list_executions(json_output: bool, **filters: Any) -> None:
    """List executions, newest first."""
    made = client()
    page = made.executions.list(**{name: value for name, value in filters.items() if value is not None})
    if json_output:
        echo(page)
        return
    table(
        ["EXECUTION", "WORKFLOW", "SUBSCRIBER", "STATUS", "OUTCOME", "UNTIL", "CREATED"],
        [
            [run.execution_id, _workflow(made, run), run.payload.recipient, run.status, run.outcome or run.waiting_for,
             until(run), run.created_at.isoformat(timespec="seconds")]
            for run in page
        ],
    )  # fmt: skip
    if page.next_cursor:
        say(f"There are more: --cursor {page.next_cursor}")


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
    """End an execution that has not ended."""
    made = client()
    show(made, made.executions.cancel(execution_id), json_output)


def _workflow(made: Client, run: ExecutionContext) -> str:
    here = run.completed_at is not None or run.workflow_id in made.workflows
    return run.workflow_id if here else f"{run.workflow_id} (not here)"


executions.add_command(retry)
