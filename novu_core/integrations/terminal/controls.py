"""``novu controls``: control values, changed without a change of code."""

from __future__ import annotations

import click

from novu_core.integrations.terminal.output import as_json, client, echo, parse_json, table, tells_errors

controls = click.Group("controls", help="Read and change control values.")


@controls.command("get")
@click.argument("workflow_id")
@click.argument("step_id", required=False)
@as_json
@tells_errors
def get_controls(workflow_id: str, step_id: str | None, json_output: bool) -> None:
    """Print stored control values of a workflow or a step."""
    values = client().controls.get(workflow_id, step_id)
    if json_output:
        echo({"values": values, "schema": client().controls.schema(workflow_id, step_id)})
    else:
        table(["CONTROL", "VALUE"], [[name, value] for name, value in values.items()])


@controls.command("set")
@click.argument("workflow_id")
@click.argument("step_id", required=False)
@click.option("--values", required=True, help="The values as JSON; they replace the stored ones.")
@as_json
@tells_errors
def set_controls(workflow_id: str, step_id: str | None, values: str, json_output: bool) -> None:
    """Replace stored control values; only fields of the control schema."""
    stored = client().controls.set(workflow_id, parse_json(values, "--values"), step_id, author="command line")
    if json_output:
        echo({"values": stored})
    else:
        table(["CONTROL", "VALUE"], [[name, value] for name, value in stored.items()])
