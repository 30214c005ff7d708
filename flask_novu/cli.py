"""``flask novu``: what an operator asks and does at the terminal."""

from __future__ import annotations

import json
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from novu_core.client import Client
from novu_core.codec import jsonable
from novu_core.errors import NovuError

novu_cli = AppGroup("novu", help="Notification workflows: list, trigger, history, worker.")

as_json = click.option("--json", "json_output", is_flag=True, help="Print JSON.")


class Failure(click.ClickException):
    """An error of ours, told in one line; exit code 1."""


def client() -> Client:
    """Return the app's client, or fail with advice."""
    found = current_app.extensions.get("novu")
    if found is None:
        raise Failure("This app has no Novu extension; call Novu(app) or novu.init_app(app) in its factory.")
    return found  # type: ignore[no-any-return]  # extensions are untyped


def echo(data: Any) -> None:
    """Print data as JSON."""
    click.echo(json.dumps(jsonable(data), indent=2, ensure_ascii=False))


def table(head: list[str], rows: list[list[Any]]) -> None:
    """Print rows in aligned columns."""
    texts = [[("" if cell is None else str(cell)) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(head, *texts, strict=True)]
    for line in [head, *texts]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def parse_json(text: str, option: str) -> Any:
    """Return an option's JSON value, or fail naming the option."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"is not JSON: {error}", param_hint=option) from None


@novu_cli.command("list")
@as_json
def list_workflows(json_output: bool) -> None:
    """List the workflows."""
    rows = []
    for workflow in client().workflows.values():
        try:
            steps = " -> ".join(step.step_id for step in workflow.steps)
        except Exception as error:
            steps = f"(can not be discovered: {error})"
        rows.append([workflow.workflow_id, client().workflows.status(workflow.workflow_id).value, steps])
    if json_output:
        echo([{"workflow_id": row[0], "status": row[1], "steps": row[2].split(" -> ")} for row in rows])
    else:
        table(["WORKFLOW", "STATUS", "STEPS"], rows)


@novu_cli.command("trigger")
@click.argument("workflow_id")
@click.option("--to", required=True, help="A subscriber id, or a subscriber or topic as JSON.")
@click.option("--payload", default="{}", help="The payload as JSON.")
@click.option("--transaction-id", help="Makes a repeated call safe.")
@as_json
def trigger(workflow_id: str, to: str, payload: str, transaction_id: str | None, json_output: bool) -> None:
    """Trigger a workflow."""
    recipient = parse_json(to, "--to") if to.lstrip()[:1] in ("{", "[") else to
    try:
        result = client().trigger(
            workflow_id, to=recipient, payload=parse_json(payload, "--payload"), transaction_id=transaction_id
        )
    except NovuError as error:
        raise Failure(str(error)) from error
    if json_output:
        echo(result)
    else:
        table(
            ["EXECUTION", "SUBSCRIBER", "STATUS", "WAITING FOR"],
            [[run.execution_id, run.payload.recipient, run.status, run.waiting_for] for run in result.executions],
        )
    if any(run.status == "failed" for run in result.executions):
        raise SystemExit(1)


@novu_cli.group("executions")
def executions() -> None:
    """Read the history; retry and cancel executions."""


@executions.command("list")
@click.option("--workflow", "workflow_id")
@click.option("--status", type=click.Choice(["pending", "running", "completed", "failed"]))
@click.option("--subscriber", "subscriber_id")
@click.option("--limit", default=20, type=click.IntRange(1, 100))
@as_json
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


def _show(execution: Any, json_output: bool) -> None:
    if json_output:
        echo(execution)
        return
    click.echo(
        f"{execution.execution_id}  {execution.workflow_id} -> {execution.payload.recipient}: {execution.status}"
    )
    if execution.error:
        click.echo(f"error: {execution.error['type']}: {execution.error['message']}")
    table(
        ["STEP", "TYPE", "STATUS", "OUTCOME", "REASON", "ATTEMPTS"],
        [
            [step.step_id, step.type, step.status, step.outcome, step.reason, len(step.attempts)]
            for step in execution.steps
        ],
    )


@executions.command("show")
@click.argument("execution_id")
@as_json
def show_execution(execution_id: str, json_output: bool) -> None:
    """Show one execution with its steps."""
    _one(lambda: client().executions.get(execution_id), json_output)


@executions.command("retry")
@click.argument("execution_id")
@as_json
def retry_execution(execution_id: str, json_output: bool) -> None:
    """Run a failed execution again; what was delivered is not sent again."""
    _one(lambda: client().executions.retry(execution_id), json_output)


@executions.command("cancel")
@click.argument("execution_id")
@as_json
def cancel_execution(execution_id: str, json_output: bool) -> None:
    """End an execution that has not ended."""
    _one(lambda: client().executions.cancel(execution_id), json_output)


def _one(action: Any, json_output: bool) -> None:
    try:
        execution = action()
    except NovuError as error:
        raise Failure(str(error)) from error
    _show(execution, json_output)


@novu_cli.command("worker")
@click.option("--concurrency", default=4, type=click.IntRange(1, 256), help="How many runs at a time.")
def worker(concurrency: int) -> None:
    """Run what is due until interrupted; the present runs finish first."""
    import signal

    engine = client().engine
    click.echo(
        f"Working on {len(client().workflows)} workflows with concurrency {concurrency}. Ctrl-C stops.", err=True
    )
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: engine.worker.request_stop())
    engine.worker.work(concurrency)
    client().close()
