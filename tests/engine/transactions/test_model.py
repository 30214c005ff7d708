"""Any order of savepoints, releases, rollbacks and triggers: what was committed runs, each once, and nothing else."""

from __future__ import annotations

import itertools

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from novu_core import Client, Registry, Settings
from novu_core.delivery import Outbox
from tests.engine.transactions.conftest import Base, Order, url_with


class Transactions(RuleBasedStateMachine):
    """The model: what is committed, and a list for the transaction and for each savepoint in it."""

    url = shop_url = ""
    numbers = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        registry = Registry()

        @registry.workflow("order-placed")
        def order_placed(step):
            step.in_app("bell", {"body": "Thank you"})

        self.client = Client(Settings(store_url=self.url, worker="none"), registry, delivery=Outbox())
        self.engine = sa.create_engine(self.shop_url)
        Base.metadata.create_all(self.engine)
        with self.engine.begin() as connection:
            connection.execute(sa.delete(Order))
        self.before = {run.execution_id for run in self.client.engine.parts.store.list_executions(limit=100_000)}
        self.session = Session(self.engine)
        self.savepoints: list[object] = []
        self.committed: list[str] = []
        self.open: list[list[str]] = [[]]

    @rule(first=st.booleans())
    def trigger(self, first):
        name = f"n{next(self.numbers)}"
        if first:
            self.session.add(Order(item=name))
            self.session.flush()
        self.client.trigger("order-placed", name, transaction_id=name, session=self.session)
        if not first:
            self.session.add(Order(item=name))
            self.session.flush()
        self.open[-1].append(name)

    @rule()
    def begin_nested(self):
        self.session.execute(sa.insert(Order), {"item": "-"})  # pysqlite's savepoint must not be the transaction
        self.savepoints.append(self.session.begin_nested())
        self.open.append([])

    @precondition(lambda self: self.savepoints)
    @rule(data=st.data())
    def release(self, data):
        at = data.draw(st.integers(0, len(self.savepoints) - 1))
        self.savepoints[at].commit()
        del self.savepoints[at:]
        self.open[at:] = [[name for part in self.open[at:] for name in part]]

    @precondition(lambda self: self.savepoints)
    @rule(data=st.data())
    def roll_back_to(self, data):
        at = data.draw(st.integers(0, len(self.savepoints) - 1))
        self.savepoints[at].rollback()
        del self.savepoints[at:], self.open[at + 1 :]

    @rule(how=st.sampled_from(["commit", "rollback", "close"]))
    def end(self, how):
        if how == "commit":
            while self.savepoints:
                self.savepoints.pop().commit()
            self.committed += [name for part in self.open for name in part]
        getattr(self.session, how)()
        self.savepoints, self.open = [], [[]]
        self._check()

    def _check(self) -> None:
        while self.client.worker.run_due():
            pass
        runs = [
            run
            for run in self.client.engine.parts.store.list_executions(limit=100_000)
            if run.execution_id not in self.before
        ]
        assert sorted(run.subscriber_id for run in runs) == sorted(self.committed)
        assert all(run.status == "completed" for run in runs)
        with self.engine.connect() as connection:
            items = connection.scalars(sa.select(Order.item).where(Order.item != "-")).all()
        assert sorted(items) == sorted(self.committed)

    def teardown(self) -> None:
        self.end("rollback")
        self.session.close()
        self.client.close()
        self.engine.dispose()


@pytest.mark.parametrize("driver", ["memory", "pysqlite", "psycopg", "psycopg2"])
def test_only_what_was_committed_runs_and_once(driver, tmp_path, request):
    if "psycopg" in driver:
        url = request.getfixturevalue("postgres_url")
        shop_url = url_with(url, driver)
    else:
        shop_url = f"sqlite:///{tmp_path}/shop.db"
        url = "sqlite://" if driver == "memory" else shop_url
    machine = type("Machine", (Transactions,), {"url": url, "shop_url": shop_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
