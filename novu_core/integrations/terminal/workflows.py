"""``novu list, show, trigger, preview``: the workflows of the app."""

from __future__ import annotations

from typing import Any

import click

from novu_core.aio import Blocking, drive
from novu_core.client.checkup import overdue
from novu_core.engine.faults import summary
from novu_core.engine.preview import preview as render
from novu_core.errors import UnreadableRowError
from novu_core.integrations.terminal.output import (
    as_json,
    client,
    echo,
    parse_json,
    program,
    recipient,
    say,
    table,
    tells_errors,
)
from novu_core.integrations.terminal.showing import show, until
from novu_core.lines import one_line


@click.command("list")
@as_json
@tells_errors
def list_workflows(json_output: bool) -> None:
    """List the workflows, and those not defined here that have overdue runs."""
    made = client()
    found = made.workflows
    rows: list[dict[str, Any]] = []
    for workflow in found.values():
        steps = workflow.steps_or_none()
        ids = None if steps is None else [step.step_id for step in steps]
        row = {"workflow_id": workflow.workflow_id, "steps": ids}
        try:
            rows.append({**row, "status": found.status(workflow.workflow_id).value})
        except UnreadableRowError as error:
            rows.append({**row, "status": "unreadable", "problem": error.message})
    for stray in overdue(made):
        rows.append({"workflow_id": stray.workflow_id, "status": "unknown", "steps": None, "problem": str(stray)})
    if json_output:
        echo(rows)
        return
    undiscovered = f"cannot be discovered (see: {program()} check)"
    table(
        ["WORKFLOW", "STATUS", "STEPS"],
        [
            [row["workflow_id"], row["status"],
             row.get("problem") or (undiscovered if row["steps"] is None else " -> ".join(row["steps"]))]
            for row in rows
        ],
    )  # fmt: skip


@click.command("show")
@click.argument("workflow_id")
@as_json
@tells_errors
def show_workflow(workflow_id: str, json_output: bool) -> None:
    """Show one workflow with its steps."""
    found = client().workflows
    workflow = found[workflow_id]
    steps: list[dict[str, Any]] = [
        {"step_id": step.step_id, "type": step.step_type.value, "name": step.name,
         "skip_condition": step.skip_condition, "controls": sorted(step.controls_json_schema.get("properties", {}))}
        for step in workflow.steps
    ]  # fmt: skip
    if json_output:
        echo({
            "workflow_id": workflow_id, "name": workflow.name, "description": workflow.description,
            "status": found.status(workflow_id).value, "tags": workflow.tags,
            "payload_schema": workflow.payload_json_schema, "steps": steps,
        })  # fmt: skip
        return
    say(one_line(f"{workflow_id}: {workflow.name} ({found.status(workflow_id)})"))
    if workflow.description:
        say(workflow.description)
    table(
        ["STEP", "TYPE", "SKIP CONDITION", "CONTROLS"],
        [[step["step_id"], step["type"], step["skip_condition"], ", ".join(step["controls"])] for step in steps],
    )


@click.command("trigger")
@click.argument("workflow_id")
@click.option("--to", required=True, help="A subscriber id, or a subscriber, a topic or a list as JSON.")
@click.option("--payload", default="{}", help="The payload as JSON.")
@click.option("--transaction-id", help="An id that makes it safe to repeat the call.")
@click.option("--wait/--no-wait", default=True, help="Run it here, or only record it for the worker.")
@as_json
@tells_errors
def trigger(workflow_id: str, to: str, payload: str, transaction_id: str | None, wait: bool, json_output: bool) -> None:
    """Trigger a workflow. Exit code 1 if a run failed."""
    made = client()
    result = made.trigger(
        workflow_id,
        to=recipient(to),
        payload=parse_json(payload, "--payload"),
        transaction_id=transaction_id,
        wait=wait,
    )
    if json_output:
        echo(result)
    elif len(result.executions) == 1:
        show(made, result.executions[0], json_output=False)
    elif not result.executions:
        by_novu = made.settings.dispatch == "cloud"
        say(one_line(f"Transaction {result.transaction_id} is {'accepted by Novu' if by_novu else 'recorded'}."))
    else:
        table(
            ["EXECUTION", "SUBSCRIBER", "STATUS", "WAITING FOR", "UNTIL"],
            [
                [run.execution_id, run.payload.recipient, run.status, run.waiting_for, until(run)]
                for run in result.executions
            ],
        )
        for run in result.executions:
            if run.error:
                say(one_line(f"{run.execution_id}: {summary(run.error)}"))
    if result.repeated and not json_output:
        say("Repeated: this transaction id was already used, so nothing was started.")
    if any(run.status == "failed" for run in result.executions):
        raise SystemExit(1)


@click.command("preview")
@click.argument("workflow_id")
@click.argument("step_id")
@click.option("--payload", default="{}", help="The payload as JSON; missing fields are filled with mock data.")
@click.option("--controls", "values", default="{}", help="Control values as JSON.")
@click.option("--to", default="preview", help="A subscriber id, or a subscriber as JSON.")
@as_json
@tells_errors
def preview(workflow_id: str, step_id: str, payload: str, values: str, to: str, json_output: bool) -> None:
    """Render one step; nothing is sent or stored."""
    made = client()
    answer = drive(
        render(
            made.engine, workflow_id, step_id, Blocking(), payload=parse_json(payload, "--payload"),
            controls=parse_json(values, "--controls"), to=recipient(to), stored=made.settings.dispatch == "embedded",
        )
    )  # fmt: skip
    if json_output:
        echo(answer)
    elif answer["skipped"]:
        say(one_line(f"{step_id} is skipped ({answer['skipped']})"))
    else:
        for name, value in answer["output"].items():
            say(f"{name}: {value}")
