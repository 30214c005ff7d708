"""The same with AsyncSession and AsyncConnection, in the session's own thread and on its own driver."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from novu_core.errors import AsyncContextError, ConfigurationError, ValidationError
from tests.engine.transactions.conftest import Order


async def _counts(client, session) -> tuple[int, int]:
    async with session.bind.connect() as connection:
        orders = (await connection.execute(sa.select(sa.func.count()).select_from(Order))).scalar_one()
    return orders, len(client.executions.list())


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_both_or_neither(run_async, ends):
    async def test(client, session):
        client.executions.list()
        session.add(Order(item="tea"))
        result = await client.atrigger("order-placed", "ada", session=session)
        assert result.status == "pending"
        await getattr(session, ends)()
        assert await _counts(client, session) == ((1, 1) if ends == "commit" else (0, 0))

    run_async(test)


def test_savepoints(run_async):
    async def test(client, session):
        session.add(Order(item="tea"))
        await session.flush()
        async with session.begin_nested():
            await client.atrigger("order-placed", "ada", session=session)
        nested = await session.begin_nested()
        await client.atrigger("order-placed", "bob", session=session)
        await nested.rollback()
        await session.commit()
        assert await _counts(client, session) == (1, 1)

    run_async(test)


def test_a_connection_and_a_session_within_run_sync(run_async):
    async def test(client, session):
        async with session.bind.begin() as connection:
            await connection.execute(sa.insert(Order), {"item": "tea"})
            await client.atrigger("order-placed", "ada", session=connection)
        await session.run_sync(lambda inner: client.trigger("order-placed", "bob", session=inner))
        await client.abroadcast("order-placed", session=session)
        items = [{"workflow": "order-placed", "to": "eve"}]
        await client.atrigger_many(items, session=session)
        await session.commit()
        assert await _counts(client, session) == (1, 3)

    run_async(test)


def test_bad_input_leaves_the_session_usable(run_async):
    async def test(client, session):
        session.add(Order(item="tea"))
        with pytest.raises(ValidationError):
            await client.atrigger("order-placed", "ada", wait=True, session=session)
        client_workflow = client.workflows["order-placed"]
        with pytest.raises(AsyncContextError, match=r"await order_placed\.atrigger"):
            client_workflow.trigger("ada", session=session)
        await session.commit()
        assert await _counts(client, session) == (1, 0)

    run_async(test)


@pytest.mark.parametrize("async_driver", ["aiosqlite"])
def test_a_task_does_not_wait_for_itself(run_async):
    async def test(client, session):
        await client.atrigger("order-placed", "ada", session=session)
        with pytest.raises(ConfigurationError, match="would wait for itself"):
            await client.atrigger("order-placed", "bob", wait=False)
        await session.commit()
        await client.atrigger("order-placed", "bob", wait=False)
        assert await _counts(client, session) == (0, 2)

    run_async(test)
