"""Counts and lists of an inbox of 1,000,000 messages beside those of one of 1,000.

``python -m benchmarks.inbox [sqlite] [postgresql] [--plans] [--record] [--rows 100000]``; without a name both.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from benchmarks.common import record, table
from benchmarks.stores import fill, plans, stores
from novu_core.client import Client
from novu_core.clock import micros
from novu_core.definition.registry import Registry
from novu_core.storage.folders import folder_of
from novu_core.storage.ids import uuid7

FEW, MANY, CALLS, ROUNDS = 1_000, 1_000_000, 25, 6
START = datetime(2026, 1, 5, tzinfo=timezone.utc)
COLUMNS = (
    "message_id, execution_id, step_id, workflow_id, subscriber_id, transaction_id, channel, content, created_at, "
    "sorted_at, seen_at, read_at, archived_at, snoozed_until, tags, severity, folder"
)
OWNERS = {"unread": "0000", "read": "1100"}
"""Two subscribers: of one nothing was seen, of the other all was read, but for twenty messages of each rarity."""


def messages(owner: str, count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of novu_messages: of ten tags and four severities, twenty archived, twenty snoozed, twenty of a rare tag."""
    for number in range(count):
        at = START + timedelta(milliseconds=number)
        turn = number % (count // 20)
        marks = {3: "1110", 5: "1001"}.get(turn, OWNERS[owner])
        tags = ["rare"] if turn == 7 else [f"tag {number % 10}"]
        severity = "high" if turn == 9 else ("none", "low", "medium", "none")[number % 4]
        times = [micros(at) if mark == "1" else None for mark in marks[:3]]
        until = micros(at + timedelta(days=36500)) if marks[3] == "1" else None
        names = (f"{owner}{number}", "in", "w", owner, f"{owner}{number}", "in_app")
        content = json.dumps({"subject": "s", "body": "b" * 200})
        place = (json.dumps(tags), severity, marks + folder_of(tags, severity)[4:])
        yield uuid7(at), *names, content, micros(at), micros(at), *times, until, *place


def fill_all(client: Client, count: int) -> None:
    """Write the messages of both."""
    client.topics.create("any")  # the first call makes the tables
    rows = [("novu_messages", COLUMNS, messages(owner, count)) for owner in OWNERS]
    fill(client, rows, "VACUUM ANALYZE novu_messages")


def cases(client: Client) -> dict[str, Callable[[], Any]]:
    """What is asked of both subscribers."""
    found: dict[str, Callable[[], Any]] = {}
    for owner in OWNERS:
        found |= {f"{name}, {owner} ones": call for name, call in _cases(client, owner).items()}
    return found


def _cases(client: Client, owner: str) -> dict[str, Callable[[], Any]]:
    inbox = client.inbox(owner)
    severities = ("high", "medium", "low", "none")
    bell: Any = [{"read": False, "archived": False, "snoozed": False, "severity": each} for each in severities]

    def count(**asked: Any) -> Callable[[], Any]:
        return lambda: inbox.counts([{"archived": None, **asked}])  # type: ignore[typeddict-item]  # any of the filters

    def page(**asked: Any) -> Callable[[], Any]:
        return lambda: inbox.list(limit=10, **asked)

    halfway = START + timedelta(milliseconds=500)
    cursor = inbox.list(limit=1, archived=None, until=halfway).items[0].message_id
    return {
        "the bell's four counts": lambda: inbox.counts(bell),
        "unread": inbox.unread,
        "count of a tag": count(tags=["tag 3"]),
        "count of a rare tag": count(tags=["rare"]),
        "count of tags and tags": count(tags=[["tag 1", "tag 2"], ["tag 2", "rare"]]),
        "count unseen": count(seen=False),
        "count archived": count(archived=True),
        "count snoozed": count(snoozed=True),
        "count read": count(read=True),
        "count unread": count(read=False),
        "count since": count(since=START),
        "list": page(archived=False, snoozed=False),
        "list after": page(archived=False, snoozed=False, cursor=cursor),
        "list unread": page(read=False, snoozed=False),
        "list archived": page(archived=True),
        "list snoozed": page(snoozed=True),
        "list of a tag": page(tags=["tag 3"]),
        "list of a rare tag": page(tags=["rare"]),
        "list high": page(severity="high"),
        "a message": lambda: inbox.get(cursor),
        "messages.list": lambda: client.messages.list(subscriber_id=owner, limit=10),
    }


def measured(clients: dict[int, Client]) -> dict[str, dict[int, float]]:
    """The least milliseconds of each call by the number of rows, so that other work on the machine does not count."""
    asked = {count: cases(client) for count, client in clients.items()}
    times: dict[str, dict[int, list[float]]] = {name: {count: [] for count in asked} for name in asked[FEW]}
    for _ in range(ROUNDS):
        for name, taken in times.items():
            for turn in range(CALLS + 1):
                for count, calls in asked.items():
                    start = time.perf_counter()
                    calls[name]()
                    if turn:  # the first compiles the statement, or brings its pages back into the caches
                        taken[count].append(time.perf_counter() - start)
    return {name: {count: 1000 * min(each) for count, each in taken.items()} for name, taken in times.items()}


def main(arguments: list[str]) -> None:
    """Measure, print and perhaps record."""
    many = int(arguments[arguments.index("--rows") + 1]) if "--rows" in arguments else MANY
    kinds = [kind for kind in ("sqlite", "postgresql") if kind in arguments] or ["sqlite", "postgresql"]
    results: dict[str, dict[str, dict[str, float]]] = {}
    for kind in kinds:
        with stores(kind) as url, contextlib.ExitStack() as opened:
            clients = {}
            for count, name in ((FEW, "few"), (many, "many")):
                settings = {"NOVU_STORE_URL": url(name), "NOVU_WORKER": "none"}
                clients[count] = opened.enter_context(Client(settings, workflows=Registry()))
                fill_all(clients[count], count)
            figures = measured(clients)
            if "--plans" in arguments:
                plans(clients[many], cases(clients[many]))
        ratios = {name: taken[many] / taken[FEW] for name, taken in figures.items()}
        rows = [
            [name, f"{taken[FEW]:.2f}", f"{taken[many]:.2f}", f"{ratios[name]:.2f}"] for name, taken in figures.items()
        ]
        print(kind)
        print(table(["call", f"{FEW} messages, ms", f"{many} messages, ms", "ratio"], rows))
        results[kind] = {
            name: {"ms": round(taken[FEW], 3), "ratio": round(ratios[name], 2)} for name, taken in figures.items()
        }
    if "--record" in arguments:
        record("inbox", {"rows": many, "calls": results})


if __name__ == "__main__":
    main(sys.argv[1:])
