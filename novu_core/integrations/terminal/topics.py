"""``novu topics``: named groups of subscribers, to look at and change."""

from __future__ import annotations

from typing import Any

import click

from novu_core.integrations.terminal.output import as_json, client, echo, say, table, tells_errors
from novu_core.integrations.terminal.paging import given, more, paging
from novu_core.lines import one_line
from novu_core.records import CountedPage, MembershipChange, TopicRecord

topics = click.Group("topics", help="List and change topics.")


@topics.command("list")
@click.option("--key", help="Only the topic with exactly this key.")
@click.option("--name", help="Only those with exactly this name.")
@paging
@as_json
@tells_errors
def list_topics(json_output: bool, **options: Any) -> None:
    """List topics, newest first."""
    _print_topics(client().topics.list(**given(options)), json_output)


@topics.command("create")
@click.argument("key")
@click.option("--name", help="The name to show; if omitted, a stored topic keeps its name.")
@as_json
@tells_errors
def create_topic(key: str, name: str | None, json_output: bool) -> None:
    """Create a topic, or rename the one with this key."""
    _print_topic(client().topics.create(key, name), json_output)


@topics.command("delete")
@click.argument("key")
@as_json
@tells_errors
def delete_topic(key: str, json_output: bool) -> None:
    """Delete a topic and its memberships."""
    client().topics.delete(key)
    if json_output:
        echo({"deleted": key})
    else:
        say(one_line(f"Deleted {key}."))


@topics.command("members")
@click.argument("key")
@paging
@as_json
@tells_errors
def list_members(key: str, json_output: bool, **options: Any) -> None:
    """List the members of a topic, newest first."""
    page = client().topics.members(key, **given(options))
    if json_output:
        echo(page)
        return
    rows = [[found.subscriber_id, found.created_at.isoformat(timespec="seconds")] for found in page]
    table(["SUBSCRIBER", "SINCE"], rows)
    more(page)


@topics.command("subscribe")
@click.argument("key")
@click.argument("subscriber_ids", nargs=-1, required=True)
@as_json
@tells_errors
def subscribe(key: str, subscriber_ids: tuple[str, ...], json_output: bool) -> None:
    """Add subscribers to a topic, which is created if it does not exist."""
    _print_change(client().topics.subscribe(key, subscriber_ids), "is in", json_output)


@topics.command("unsubscribe")
@click.argument("key")
@click.argument("subscriber_ids", nargs=-1, required=True)
@as_json
@tells_errors
def unsubscribe(key: str, subscriber_ids: tuple[str, ...], json_output: bool) -> None:
    """Remove subscribers from a topic. Exit code 1 if one was not in it."""
    change = client().topics.unsubscribe(key, subscriber_ids)
    _print_change(change, "left", json_output)
    if change.failed:
        raise SystemExit(1)


def _print_topics(page: CountedPage[TopicRecord], json_output: bool) -> None:
    if json_output:
        echo(page)
        return
    table(["TOPIC", "NAME", "CREATED"], [_row(found) for found in page])
    more(page)


def _print_topic(found: TopicRecord, json_output: bool) -> None:
    if json_output:
        echo(found)
    else:
        table(["TOPIC", "NAME", "CREATED"], [_row(found)])


def _row(found: TopicRecord) -> list[Any]:
    return [found.key, found.name, found.created_at.isoformat(timespec="seconds")]


def _print_change(change: MembershipChange, did: str, json_output: bool) -> None:
    if json_output:
        echo(change)
        return
    rows = [[membership.subscriber_id, did] for membership in change.memberships]
    table(["SUBSCRIBER", "RESULT"], [*rows, *([failed.subscriber_id, failed.message] for failed in change.failed)])
