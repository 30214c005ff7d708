"""``python -m tests.engine.histories.record NAME...`` records open runs, and how they end, beside this file."""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from novu_core.storage import migrate
from novu_core.storage.store import Store
from novu_core.testing import NovuEnvironment
from tests.engine.histories.workflows import registry
from tests.providers import Refusing

HERE = Path(__file__).parent
ADA = {"subscriberId": "ada", "email": "ada@example.org", "phone": "+491701234567", "timezone": "Europe/Berlin"}


provider = Refusing(ConnectionRefusedError("nobody listens"), timeout=None)


def _order(env: NovuEnvironment) -> None:
    result = env.trigger("order", ADA, {"number": 7})
    [message] = env.client.inbox("ada").list().items
    env.client.inbox("ada").mark(message.message_id, seen=True)
    assert result.waiting_for == "delay"


def _comments(env: NovuEnvironment) -> None:
    for number in range(4):
        env.trigger("comments", ADA, {"post": "p" if number < 3 else "q", "n": str(number)})
        env.advance(minutes=5)
    env.client.executions.cancel(env.client.executions.list().items[-1].execution_id)


def _quiet(env: NovuEnvironment) -> None:
    for number in range(3):
        env.trigger("quiet", ADA, {"n": str(number)})
        env.advance(minutes=1)


def _limited(env: NovuEnvironment) -> None:
    for _ in range(3):
        env.trigger("limited", ADA, {"kind": "k", "due": "2026-01-09T10:00:00+01:00"})


def _flaky(env: NovuEnvironment) -> None:
    provider.down = True
    env.trigger("flaky", {**ADA, "channels": {"chat": "https://example.org"}})


def _patient(env: NovuEnvironment) -> None:
    env.trigger("patient", ADA)


SCENARIOS: dict[str, Callable[[NovuEnvironment], None]] = {
    "order": _order, "comments": _comments, "quiet": _quiet, "limited": _limited, "flaky": _flaky, "patient": _patient,
}  # fmt: skip


def environment(folder: Path, name: str, **options: Any) -> NovuEnvironment:
    """An environment on a file, whose provider may refuse where the scenario is about that."""
    settings: dict[str, Any] = {"NOVU_STORE_URL": f"sqlite:///{folder}/novu.db", "NOVU_TIMEZONE": "America/New_York"}
    if name == "flaky":
        settings["NOVU_DELIVERY"] = {"email": provider, "chat": provider}
    return NovuEnvironment(registry, settings, **options)


def ending(env: NovuEnvironment) -> dict[str, Any]:
    """Let everything end, and tell how."""
    provider.down = False
    env.advance(days=30)
    runs = sorted(env.client.executions.list(limit=100).items, key=lambda run: run.execution_id)
    messages = sorted(env.client.messages.list(limit=100).items, key=lambda found: (found.execution_id, found.step_id))
    return {
        "runs": [
            {
                key: run.to_json()[key]
                for key in ("execution_id", "status", "outcome", "step_results", "error", "completed_at")
            }
            for run in runs
        ],
        "messages": [[found.execution_id, found.step_id, found.channel, found.content] for found in messages],
    }


def dump(folder: Path) -> dict[str, Any]:
    """The version of the schema, and every row of our tables."""
    connection = sqlite3.connect(folder / "novu.db")
    connection.row_factory = sqlite3.Row
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    tables = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in sorted(names)}
    connection.close()
    version = max(row["version"] for row in tables.pop("novu_schema"))
    return {"schema": version, "tables": {name: rows for name, rows in tables.items() if rows and name[:5] == "novu_"}}


def restore(folder: Path, version: int, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Put the rows into a new file with the tables of their time; whoever opens it next brings it to today's."""
    known = [each for each in migrate.migrations() if each[0] <= version]
    with patch.object(migrate, "migrations", lambda: known):
        store = Store(f"sqlite:///{folder}/novu.db")
        store.database.write(lambda transaction: None)
        store.close()
    connection = sqlite3.connect(folder / "novu.db")
    for name, rows in tables.items():
        for row in rows:
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    connection.commit()
    connection.close()


def main(*names: str) -> None:
    """Record."""
    for name in names or SCENARIOS:
        with tempfile.TemporaryDirectory() as found:
            folder = Path(found)
            with environment(folder, name) as env:
                SCENARIOS[name](env)
                history: dict[str, Any] = {
                    "recorded": str(date.today()),
                    "scenario": name,
                    "at": env.clock.now().isoformat(),
                }
                history |= dump(folder)
                history |= ending(env)
        path = HERE / f"{name}-{datetime.now():%Y%m%d}.json"
        path.write_text(json.dumps(history, indent=1, sort_keys=True) + "\n")
        print(path.name)


if __name__ == "__main__":
    main(*sys.argv[1:])
