"""A shop whose orders are in the store's own database, by each driver that is here."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from novu_core import Client, ManualClock, Settings
from novu_core.delivery import Outbox


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str]


SQLITE = pytest.mark.parametrize("driver", ["pysqlite"])
POSTGRES = pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])


def url_with(store_url: str, driver: str) -> str:
    """The same database, through another driver."""
    return store_url.replace("sqlite://", f"sqlite+{driver}://").replace("postgresql://", f"postgresql+{driver}://")


@pytest.fixture(params=["pysqlite", "psycopg"])  # the model has psycopg2 too
def driver(request):
    return request.param


@pytest.fixture
def store_url(request, driver, tmp_path) -> str:
    if "sqlite" in driver:
        return f"sqlite:///{tmp_path}/shop.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def engine(store_url, driver):
    made = sa.create_engine(url_with(store_url, driver))
    Base.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def client(store_url, registry):
    """A client without a worker; its clock stands still, and :meth:`run_due` is called by the tests."""

    @registry.workflow("order-placed")
    def order_placed(step):
        step.in_app("bell", {"body": "Thank you"})

    settings = Settings(store_url=store_url, worker="none")
    clock = ManualClock(datetime(2026, 1, 5, 9, tzinfo=timezone.utc))
    with Client(settings, registry, clock=clock, delivery=Outbox()) as made:
        made.executions.list()  # opens the store
        yield made


@pytest.fixture
def session(engine):
    with Session(engine) as made:
        yield made


@pytest.fixture
def seen(engine, client):
    """Return a function: the items of the orders, and whom runs were recorded for."""

    def seen() -> tuple[list[str], list[str]]:
        with engine.connect() as connection:
            items = [row.item for row in connection.execute(sa.select(Order.__table__).order_by(Order.id))]
        return items, sorted(run.subscriber_id for run in client.engine.parts.store.list_executions(limit=300))

    return seen


@pytest.fixture(params=["aiosqlite", "psycopg"])
def async_driver(request):
    return request.param


@pytest.fixture
def run_async(request, async_driver, tmp_path, registry):
    """Return a function that runs ``test(client, session)`` on an event loop of its own."""
    store_url = (
        f"sqlite:///{tmp_path}/shop.db" if async_driver == "aiosqlite" else request.getfixturevalue("postgres_url")
    )

    @registry.workflow("order-placed")
    async def order_placed(step):
        await step.in_app("bell", {"body": "Thank you"})

    def run_async(test):
        async def main():
            engine = create_async_engine(url_with(store_url, async_driver))
            try:
                async with engine.begin() as connection:
                    await connection.run_sync(Base.metadata.create_all)
                settings = Settings(store_url=store_url, worker="none")
                with Client(settings, registry, delivery=Outbox()) as client:
                    async with AsyncSession(engine) as session:
                        await test(client, session)
            finally:
                await engine.dispose()

        asyncio.run(main())

    return run_async
