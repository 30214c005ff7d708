"""An order and its trigger in one transaction, beside a commit and then ``trigger(wait=False)``.

``python -m benchmarks.transactions [--record]``. SQLite on disk, and PostgreSQL.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.common import percentile, record, table
from benchmarks.stores import stores
from novu_core.client import Client
from novu_core.definition.registry import Registry

ROUNDS, CALLS = 5, 100
registry = Registry()
begun: dict[str, float] = {}


class Base(DeclarativeBase):
    """The tables of the shop."""


class Order(Base):
    """What was ordered."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str]


@registry.workflow("order-placed")
def order_placed(payload: Any, step: Any) -> None:
    """A single step; the run says when it began."""
    begun[payload["item"]] = time.perf_counter()
    step.in_app("bell", {"body": "Thank you"})


def only_the_order(novu: Client, session: Session, item: str) -> None:
    """What the user's own commit takes."""
    session.add(Order(item=item))
    session.commit()


def together(novu: Client, session: Session, item: str) -> None:
    """One commit for both."""
    session.add(Order(item=item))
    novu.trigger("order-placed", "ada", {"item": item}, session=session)
    session.commit()


def one_after_the_other(novu: Client, session: Session, item: str) -> None:
    """Two commits, and a gap between them."""
    session.add(Order(item=item))
    session.commit()
    novu.trigger("order-placed", "ada", {"item": item}, wait=False)


WAYS: dict[str, Callable[[Client, Session, str], None]] = {
    "order alone": only_the_order,
    "together": together,
    "one after the other": one_after_the_other,
}


def times(novu: Client, session: Session) -> dict[str, float]:
    """Milliseconds of a call: what one in ten does not exceed, in the median of interleaved rounds."""
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    for round_ in range(ROUNDS):
        for name, way in WAYS.items():
            taken = []
            for call in range(CALLS):
                start = time.perf_counter()
                way(novu, session, f"{name} {round_} {call}")
                taken.append((time.perf_counter() - start) * 1000)
            found[name].append(percentile(taken, 10))
    return {name: statistics.median(values[1:]) for name, values in found.items()}


def starts(novu: Client, session: Session) -> float:
    """Milliseconds from a commit to the start of its run in this process's idle worker, in the median of 40."""
    while novu.worker.run_due():
        pass
    begun.clear()
    novu.start_worker()
    late = []
    for number in range(40):
        item = f"start {number}"
        time.sleep(0.1)
        session.add(Order(item=item))
        novu.trigger("order-placed", "ada", {"item": item}, session=session)
        session.commit()
        committed = time.perf_counter()
        while item not in begun:
            time.sleep(0.0005)
        late.append((begun[item] - committed) * 1000)
    novu.worker.stop()
    return statistics.median(late)


def main() -> None:
    """Measure and print; with ``--record`` keep the figures."""
    figures: dict[str, dict[str, float]] = {}
    for kind in ("sqlite", "postgresql"):
        with stores(kind) as make:
            url = make("shop")
            engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
            Base.metadata.create_all(engine)
            settings = {"NOVU_STORE_URL": url, "NOVU_WORKER": "none"}
            with Client(settings, workflows=registry) as novu, Session(engine) as session:
                novu.executions.list()
                figures[kind] = times(novu, session)
                figures[kind]["starts after"] = starts(novu, session)
            engine.dispose()
    head = ["milliseconds", *figures["sqlite"]]
    print(table(head, [[name, *(f"{value:.2f}" for value in found.values())] for name, found in figures.items()]))
    if "--record" in sys.argv:
        record("transactions", {"milliseconds": figures})


if __name__ == "__main__":
    main()
