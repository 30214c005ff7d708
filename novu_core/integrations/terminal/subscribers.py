"""``novu subscribers``: who notifications are for, to look at and change."""

from __future__ import annotations

from typing import Any

import click

from novu_core.integrations.terminal.output import as_json, client, echo, parse_json, say, table, tells_errors
from novu_core.integrations.terminal.paging import given, more, paging
from novu_core.integrations.terminal.words import plural
from novu_core.lines import one_line
from novu_core.records import StoredSubscriber
from novu_core.types import JsonObject

subscribers = click.Group("subscribers", help="List and change subscribers.")


@subscribers.command("list")
@click.option("--id", "subscriber_id", help="Only the subscriber with exactly this id.")
@click.option("--email", help="Only those with exactly this e-mail address.")
@click.option("--phone", help="Only those with exactly this phone number.")
@click.option("--name", help='Only those with exactly this "first last" name.')
@paging
@as_json
@tells_errors
def list_subscribers(json_output: bool, **options: Any) -> None:
    """List subscribers, newest first."""
    page = client().subscribers.list(**given(options))
    if json_output:
        echo({**page.to_json(), "items": [_shown(found) for found in page]})
        return
    table(
        ["SUBSCRIBER", "NAME", "E-MAIL", "PHONE", "CREATED"],
        [
            [found.subscriber_id, " ".join(filter(None, (found.first_name, found.last_name))), found.email, found.phone,
             found.created_at.isoformat(timespec="seconds")]
            for found in page
        ],
    )  # fmt: skip
    more(page)


@subscribers.command("show")
@click.argument("subscriber_id")
@as_json
@tells_errors
def show_subscriber(subscriber_id: str, json_output: bool) -> None:
    """Show a subscriber and its topics."""
    made = client()
    found = made.subscribers.get(subscriber_id)
    topics = [membership.topic_key for membership in made.topics.of_subscriber(subscriber_id, limit=100)]
    _print({**_shown(found), "topics": topics}, json_output)


@subscribers.command("set")
@click.argument("subscriber_id")
@click.option("--values", required=True, help="Fields as JSON; null clears a field, omitted fields stay.")
@as_json
@tells_errors
def set_subscriber(subscriber_id: str, values: str, json_output: bool) -> None:
    """Create a subscriber or change its fields."""
    fields = {**parse_json(values, "--values"), "subscriberId": subscriber_id}
    _print(_shown(client().subscribers.upsert(fields)), json_output)


@subscribers.command("delete")
@click.argument("subscriber_id")
@as_json
@tells_errors
def delete_subscriber(subscriber_id: str, json_output: bool) -> None:
    """Delete a subscriber with its preferences, memberships and messages; nothing more is sent to it."""
    client().subscribers.delete(subscriber_id)
    if json_output:
        echo({"deleted": subscriber_id})
    else:
        say(one_line(f"Deleted {subscriber_id}."))


@subscribers.command("export")
@click.argument("subscriber_id")
@as_json
@tells_errors
def export_subscriber(subscriber_id: str, json_output: bool) -> None:
    """Print all that is stored about a subscriber, always as JSON."""
    echo(client().subscribers.export(subscriber_id))


@subscribers.command("erase")
@click.argument("subscriber_id")
@as_json
@tells_errors
def erase_subscriber(subscriber_id: str, json_output: bool) -> None:
    """Delete all that is stored about a subscriber, runs and messages too. This cannot be undone."""
    erased = client().subscribers.erase(subscriber_id)
    if json_output:
        echo(erased)
    else:
        told = f"{plural(erased.runs, 'run')}, {plural(erased.messages, 'message')}"
        say(one_line(f"Erased {subscriber_id}: {told}, {plural(erased.suppressions, 'suppression')}."))


def _shown(found: StoredSubscriber) -> JsonObject:
    times = {"createdAt": found.created_at.isoformat(), "updatedAt": found.updated_at.isoformat()}
    return {"_id": found.id, **found.to_json(), **times}


def _print(found: JsonObject, json_output: bool) -> None:
    if json_output:
        echo(found)
    else:
        table(["FIELD", "VALUE"], [[name, value] for name, value in found.items()])
