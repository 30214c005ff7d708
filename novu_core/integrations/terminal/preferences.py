"""``novu preferences``: which channels are open to a subscriber, why, and what to change about it."""

from __future__ import annotations

from collections.abc import Mapping

import click

from novu_core.integrations.terminal.output import as_json, client, echo, parse_json, say, table, tells_errors
from novu_core.lines import one_line
from novu_core.records.preferences import Decision, EffectivePreferences

preferences = click.Group("preferences", help="Show and change a subscriber's preferences.")


@preferences.command("show")
@click.argument("subscriber_id")
@as_json
@tells_errors
def show_preferences(subscriber_id: str, json_output: bool) -> None:
    """Show each channel of each workflow, whether it is open, and the rule that decided."""
    _print(client().preferences.effective(subscriber_id), json_output)


@preferences.command("set")
@click.argument("subscriber_id")
@click.option("--values", required=True, help='JSON such as {"channels": {"email": {"enabled": false}}}.')
@click.option("--workflow", "workflow_id", help="Only for this workflow; global preferences by default.")
@as_json
@tells_errors
def set_preferences(subscriber_id: str, values: str, workflow_id: str | None, json_output: bool) -> None:
    """Change preferences; what is omitted stays as it is, and null removes a part."""
    made = client()
    made.preferences.set(subscriber_id, parse_json(values, "--values"), workflow_id)
    _print(made.preferences.effective(subscriber_id), json_output)


def _print(found: EffectivePreferences, json_output: bool) -> None:
    if json_output:
        echo(found)
        return
    rows = _rows("(global)", found.channels)
    for workflow in found.workflows:
        rows += _rows(workflow.workflow_id, workflow.channels)
    table(["WORKFLOW", "CHANNEL", "OPEN", "RULE"], rows)
    if found.schedule:
        say(one_line(f"schedule: {found.schedule}"))


def _rows(name: str, channels: Mapping[str, Decision]) -> list[list[object]]:
    return [[name, channel, "yes" if each.enabled else "no", each.rule] for channel, each in channels.items()]
