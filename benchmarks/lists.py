"""A page of a list of 1,000,000 subscribers, runs or messages beside one of 1,000, with the databases' plans.

``python -m benchmarks.lists [sqlite] [postgresql] [--plans] [--record] [--rows 100000]``; without a name both.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from benchmarks.common import record, table
from benchmarks.stores import fill, plans, stores
from novu_core.client import Client
from novu_core.clock import micros
from novu_core.definition.registry import Registry
from novu_core.storage.ids import uuid7

FEW, MANY, CALLS = 1_000, 1_000_000, 40
START = datetime(2026, 1, 5, tzinfo=timezone.utc)
STATUSES = {50: "failed", 60: "running"}
"""The status of every hundredth run; the others are completed."""
FIRST_NAMES = ("Ada", "Bo", "Cy", "Dee", "Eve", "Fay", "Gus")


def people(count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of novu_subscribers."""
    for number in range(count):
        first, at = FIRST_NAMES[number % 7], START + timedelta(milliseconds=number)
        name, email, phone = f"{first} {number // 7:06}", f"u{number}@example.org", f"+1555{number:07}"
        data = {"subscriberId": f"u{number}", "firstName": first, "lastName": f"{number // 7:06}", "email": email}
        yield f"u{number}", uuid7(at), json.dumps(data), email, phone, name, micros(at), micros(at)


def runs(count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of novu_executions: a hundredth failed, a hundredth waits, a tenth merged, twenty of another workflow."""
    for number in range(count):
        at = START + timedelta(milliseconds=number)
        who, status = f"u{number * 7919 % count}", STATUSES.get(number % 100, "completed")
        request = json.dumps({"payload": {"n": number}, "subscriber": {"subscriberId": who}})
        workflow = "rare" if rare(number, count) else f"w{number % 3}"
        waits = ("delay", micros(at + timedelta(days=9))) if status == "running" else (None, None)
        error = json.dumps({"type": f"Error{number % 7}", "message": "m", "trace": "t" * 500}, separators=(",", ":"))
        yield (
            *(execution_id(number), workflow, who, f"t{number}", status, 1, 0, request, micros(at)),
            None if status == "running" else micros(at),
            "merged" if number % 10 == 1 else None,
            *waits,
            error if status == "failed" else None,
        )


def rare(number: int, count: int) -> bool:
    """Whether a row is one of twenty, however many there are."""
    return number % (count // 20) == 7


def steps(count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of novu_steps: one for each run."""
    for number in range(count):
        yield (
            execution_id(number),
            "mail",
            0,
            "sms" if rare(number, count) else "email",
            "failed" if STATUSES.get(number % 100) == "failed" else "completed",
            None if STATUSES.get(number % 100) == "failed" else "delivered",
            0,
            0,
        )


def messages(count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of novu_messages: one for each run, twenty by SMS."""
    for number in range(count):
        at = START + timedelta(milliseconds=number)
        who, channel = f"u{number * 7919 % count}", "sms" if rare(number, count) else "email"
        names = (execution_id(number), "mail", f"w{number % 3}", who, f"t{number}", channel)
        yield uuid7(at), *names, json.dumps({"subject": "s", "body": "b"}), micros(at)


def members(count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of novu_memberships: everybody in one topic."""
    for number in range(count):
        at = START + timedelta(milliseconds=number)
        yield "all", f"u{number}", uuid7(at), micros(at)


def execution_id(number: int) -> str:
    """The same id for the same run, ordered by time."""
    at = int(START.timestamp() * 1000) + number
    return f"{at:012x}"[:8] + f"-{at & 0xFFFF:04x}-7000-8000-{number:012x}"


TABLES: dict[str, tuple[str, Callable[[int], Iterable[tuple[Any, ...]]]]] = {
    "novu_subscribers": ("subscriber_id, id, data, email, phone, name, created_at, updated_at", people),
    "novu_executions": (
        "execution_id, workflow_id, subscriber_id, transaction_id, status, fence, tries, request, created_at, "
        "completed_at, outcome, waiting_for, resume_at, error",
        runs,
    ),
    "novu_steps": ("execution_id, step_id, position, type, status, outcome, tries, provider", steps),
    "novu_messages": (
        "message_id, execution_id, step_id, workflow_id, subscriber_id, transaction_id, channel, content, created_at",
        messages,
    ),
    "novu_memberships": ("topic_key, subscriber_id, id, created_at", members),
}


def fill_all(client: Client, count: int) -> None:
    """Write the rows of every table."""
    client.topics.create("all")
    fill(client, [(name, columns, rows(count)) for name, (columns, rows) in TABLES.items()])


def cases(client: Client, count: int) -> dict[str, Callable[[], Any]]:
    """The pages that are asked for."""
    subscribers, executions, mails = client.subscribers, client.executions, client.messages
    middle, half = execution_id(count // 2), START + timedelta(milliseconds=count // 2)
    inside = subscribers.get(f"u{count // 2}").id
    last = mails.list(limit=1, subscriber_id=f"u{count // 2}").items[0].message_id
    return {
        "subscribers": lambda: subscribers.list(),
        "subscribers after": lambda: subscribers.list(cursor=inside),
        "subscribers before": lambda: subscribers.list(before=inside),
        "subscribers by name": lambda: subscribers.list(name="Ada 000010"),
        "subscribers by e-mail": lambda: subscribers.list(email="u100@example.org", name="Cy 000014"),
        "subscribers page 3": lambda: subscribers.page(3),
        "members of a topic": lambda: client.topics.members("all", cursor=None),
        "topics of a subscriber": lambda: client.topics.of_subscriber("u100"),
        "runs": lambda: executions.list(limit=10),
        "runs after": lambda: executions.list(limit=10, cursor=middle),
        "runs page 3": lambda: executions.page(3),
        "runs failed": lambda: executions.page(status="failed"),
        "runs of two workflows": lambda: executions.page(workflow_id=["w0", "w1"]),
        "runs of a rare workflow": lambda: executions.page(workflow_id=["rare", "none"]),
        "runs of subscribers": lambda: executions.page(subscriber_id=["u1", "u2", "u3", "nobody"]),
        "runs by e-mail": lambda: executions.page(email="u100@example.org"),
        "runs by transaction": lambda: executions.page(transaction_id="t100"),
        "runs by channel": lambda: executions.page(channel=["email"]),
        "runs by a rare channel": lambda: executions.page(channel=["sms", "push"]),
        "runs failed by channel": lambda: executions.page(channel=["email", "sms"], status="failed"),
        "runs by search": lambda: executions.page(search="Ada 000010"),
        "runs before a time": lambda: executions.page(before=half),
        "runs in brief": lambda: executions.summaries(limit=50),
        "runs that wait": lambda: executions.summaries(waiting_for="delay", limit=10),
        "runs that merged": lambda: executions.summaries(outcome="merged", limit=50),
        "runs canceled, of none": lambda: executions.summaries(outcome="canceled"),
        "runs by their error": lambda: executions.summaries(error_type="Error3", limit=1),
        "runs by their failed step": lambda: executions.summaries(failed_step="mail", workflow_id="w1", limit=3),
        "runs since a time": lambda: executions.summaries(since=half, limit=50),
        "a run's timeline": lambda: executions.timeline(middle),
        "messages": lambda: mails.page(),
        "messages after": lambda: mails.list(limit=10, cursor=last),
        "messages by SMS": lambda: mails.page(channel="sms"),
        "messages of a subscriber": lambda: mails.page(subscriber_id="u100"),
        "messages of transactions": lambda: mails.page(transaction_id=["t100", "t200", "none"]),
        "inbox": lambda: client.inbox("u100").list(),
    }


def measured(clients: dict[int, Client]) -> dict[str, dict[int, float]]:
    """The least milliseconds of each page by the number of rows, so that other work on the machine does not count."""
    asked = {count: cases(client, count) for count, client in clients.items()}
    found: dict[str, dict[int, float]] = {}
    for name in asked[FEW]:
        times: dict[int, list[float]] = {count: [] for count in asked}
        for turn in range(CALLS + 1):
            for count, calls in asked.items():
                start = time.perf_counter()
                calls[name]()
                if turn:  # the first compiles the statement and opens the connection
                    times[count].append(time.perf_counter() - start)
        found[name] = {count: 1000 * min(taken) for count, taken in times.items()}
    return found


def main(arguments: list[str]) -> None:
    """Measure, print and perhaps record."""
    many = int(arguments[arguments.index("--rows") + 1]) if "--rows" in arguments else MANY
    kinds = [kind for kind in ("sqlite", "postgresql") if kind in arguments] or ["sqlite", "postgresql"]
    results: dict[str, dict[str, float]] = {}
    for kind in kinds:
        with stores(kind) as url, contextlib.ExitStack() as opened:
            clients = {}
            for count, name in ((FEW, "few"), (many, "many")):
                settings = {"NOVU_STORE_URL": url(name), "NOVU_WORKER": "none"}
                clients[count] = opened.enter_context(Client(settings, workflows=Registry()))
                fill_all(clients[count], count)
            figures = measured(clients)
            if "--plans" in arguments:
                plans(clients[many], cases(clients[many], many))
        ratios = {name: taken[many] / taken[FEW] for name, taken in figures.items()}
        rows = [
            [name, f"{taken[FEW]:.2f}", f"{taken[many]:.2f}", f"{ratios[name]:.2f}"] for name, taken in figures.items()
        ]
        print(kind)
        print(table(["page", f"{FEW} rows, ms", f"{many} rows, ms", "ratio"], rows))
        results[kind] = {name: round(ratio, 2) for name, ratio in ratios.items()}
    if "--record" in arguments:
        record("lists", {"rows": many, "ratios": results})


if __name__ == "__main__":
    main(sys.argv[1:])
