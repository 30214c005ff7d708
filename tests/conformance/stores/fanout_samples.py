"""Fan-outs, and what the stores have of them."""

from __future__ import annotations

from novu_core.storage.listings import FANOUTS
from novu_core.storage.rows import FanoutRow
from novu_core.storage.slices import PageRequest
from novu_core.storage.store import Store
from novu_core.storage.topics import Subscribe
from tests.conformance.stores.samples import NOW


def fanout(number=1, *, topic="t", excluded=(), due=NOW, workflow="w", **fields) -> FanoutRow:
    return FanoutRow(
        fanout_id=f"f{number}", workflow_id=workflow, transaction_id=f"t{number}", topic_key=topic,
        request={"payload": {"text": 'ü "q" \x00'}}, excluded=list(excluded), due_at=due, created_at=NOW, **fields,
    )  # fmt: skip


def join(store: Store, *names: str, topic="t") -> None:
    store.commit(Subscribe(topic, names, NOW))


def listed(store: Store) -> list[FanoutRow]:
    return [FanoutRow.from_row(row) for row in store.slice(FANOUTS, PageRequest(9)).rows]


def runs(store: Store):
    return store.list_executions(limit=10_000)[::-1]
