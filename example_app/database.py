"""The product's own data, in its own SQLite file; flask-novu keeps its history beside it, in novu.db."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS posts (id INTEGER PRIMARY KEY, author TEXT NOT NULL, title TEXT NOT NULL,
                                  body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS comments (id INTEGER PRIMARY KEY, post INTEGER NOT NULL, author TEXT NOT NULL,
                                     body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS follows (follower TEXT NOT NULL, followed TEXT NOT NULL, PRIMARY KEY (follower, followed));
"""


def init_app(app: Flask) -> None:
    """Close the connection at the end of each context."""
    app.teardown_appcontext(_close)


def query(sql: str, *values: Any) -> list[sqlite3.Row]:
    """Return rows."""
    return _connection().execute(sql, values).fetchall()


def execute(sql: str, *values: Any) -> int:
    """Change something; return the id of a new row."""
    with _connection() as connection:
        return connection.execute(sql, values).lastrowid or 0


def _connection() -> sqlite3.Connection:
    if "database" not in g:
        folder = Path(current_app.instance_path)
        folder.mkdir(parents=True, exist_ok=True)
        g.database = sqlite3.connect(folder / "app.db")
        g.database.row_factory = sqlite3.Row
        g.database.executescript(SCHEMA)
    connection: sqlite3.Connection = g.database
    return connection


def _close(error: BaseException | None) -> None:
    connection = g.pop("database", None)
    if connection is not None:
        connection.close()
