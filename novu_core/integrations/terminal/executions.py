"""``novu executions``: the history, and what to do about it."""

from __future__ import annotations

from typing import Any

import click

from novu_core import ExecutionContext
from novu_core.engine.faults import summary
from novu_core.integrations.terminal.output import as_json, client, echo, table, tells_errors

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
    page = client().executions.list(**filters)
    if json_output:
        echo(page)
        return
    table(
        ["EXECUTION", "WORKFLOW", "SUBSCRIBER", "STATUS", "OUTCOME", "CREATED"],
        [
            [run.execution_id, run.workflow_id, run.payload.recipient, run.status, run.outcome or run.waiting_for,
             run.created_at.isoformat(timespec="seconds")]
            for run in page
        ],
    )  # fmt: skip
    if page.next_cursor:
        click.echo(f"There are more: --cursor {page.next_cursor}")


@executions.command("show")
@click.argument("execution_id")
@as_json
@tells_errors
def show_execution(execution_id: str, json_output: bool) -> None:
    """Show one execution with its steps."""
    show(client().executions.get(execution_id), json_output)


@executions.command("retry")
@click.argument("execution_id")
@as_json
@tells_errors
def retry_execution(execution_id: str, json_output: bool) -> None:
    """Run a failed execution again; what was delivered is not sent again."""
    execution = client().executions.retry(execution_id)
    show(execution, json_output)
    if execution.status == "failed":
        raise SystemExit(1)


@executions.command("cancel")
@click.argument("execution_id")
@as_json
@tells_errors
def cancel_execution(execution_id: str, json_output: bool) -> None:
    """End an execution that has not ended."""
    show(client().executions.cancel(execution_id), json_output)


def show(execution: ExecutionContext, json_output: bool) -> None:
    """Print an execution."""
    if json_output:
        echo(execution)
        return
    ended = str(execution.outcome) if execution.outcome else ""
    if execution.waiting_for and execution.resume_at:
        ended = f"{execution.waiting_for} until {execution.resume_at.isoformat(timespec='seconds')}"
    click.echo(
        f"{execution.execution_id}  {execution.workflow_id} -> {execution.payload.recipient}: {execution.status}"
        + (f" ({ended})" if ended else "")
    )
    if execution.error:
        click.echo(f"error: {summary(execution.error)}")
    table(
        ["STEP", "TYPE", "STATUS", "OUTCOME", "REASON", "FAILED ATTEMPTS"],
        [
            [step.step_id, step.type, step.status, step.outcome, step.reason, len(step.attempts)]
            for step in execution.steps
        ],
    )
    for step in execution.steps:
        if step.error and step.error != execution.error:
            click.echo(f"{step.step_id}: {summary(step.error)}")
