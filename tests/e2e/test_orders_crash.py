"""A shop is killed with -9, anywhere around the commits of its orders: orders and notifications stay the same."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from novu_core.storage.store import Store
from tests.e2e.orders_driver import orders
from tests.processes import until

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite-sync", "sqlite-async", "postgresql-sync", "postgresql-async"])
def shop(request, tmp_path):
    """The arguments of the driver, the store, and an engine."""
    database, kind = request.param.split("-")
    store_url = f"sqlite:///{tmp_path}/shop.db"
    if database == "postgresql":
        store_url = request.getfixturevalue("postgres_url")
    sync_url = store_url.replace("postgresql://", "postgresql+psycopg://")
    shop_url = store_url.replace("sqlite://", "sqlite+aiosqlite://") if kind == "async" else sync_url
    store, engine = Store(store_url), sa.create_engine(sync_url)
    store.next_due(["order-placed"])
    orders.metadata.create_all(engine)
    yield [store_url, shop_url.replace("postgresql://", "postgresql+psycopg://"), kind], store, engine
    store.close()
    engine.dispose()


def _start(arguments: list[str], mode: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.e2e.orders_driver", *arguments, mode], cwd=ROOT)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _items(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(sa.select(orders.c.item)))


def _all_ran(store: Store) -> bool:
    return not any(store.list_executions(limit=1, status=status) for status in ("pending", "running"))


def _check(store: Store, engine: sa.Engine) -> list[str]:
    """Each order has one run, which is over, with one message; and no other run has begun or waits."""
    runs, items = store.list_executions(limit=100_000), _items(engine)
    assert sorted(run.subscriber_id for run in runs) == items
    assert {run.status for run in runs} <= {"completed"}
    messages = Counter(message.subscriber_id for run in runs for message in store.messages_of(run.execution_id))
    assert messages == dict.fromkeys(items, 1)
    return items


@pytest.mark.parametrize("mode", ["before", "after"])
def test_killed_just_before_or_after_the_commit(shop, mode):
    arguments, store, engine = shop
    assert _start(arguments, mode).wait(60) == -9
    assert len(store.list_executions(limit=10, status="pending")) == (mode == "after")
    worker = _start(arguments, "work")
    try:
        until(lambda: _all_ran(store), seconds=60)
    finally:
        _end(worker)
    assert len(_check(store, engine)) == (mode == "after")


def test_killed_at_random(shop):
    arguments, store, engine = shop
    generator = random.Random(7)
    for _ in range(4):
        before = len(_items(engine))
        process = _start(arguments, "on")
        try:
            until(lambda so_far=before: len(_items(engine)) > so_far, seconds=60)
            time.sleep(generator.uniform(0, 0.3))  # another process goes on meanwhile
        finally:
            _end(process)
    worker = _start(arguments, "work")
    try:
        until(lambda: _all_ran(store), seconds=60)
    finally:
        _end(worker)
    assert len(_check(store, engine)) >= 4
