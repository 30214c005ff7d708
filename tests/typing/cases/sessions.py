"""Type-only: see test_typing.py."""
# fmt: off

from __future__ import annotations

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session
from sqlalchemy.orm import Session, scoped_session
from typing_extensions import assert_type

from novu_core import Client, Registry, Step, TriggerResult
from novu_core.testing import NovuEnvironment

registry = Registry()


@registry.workflow("order-placed")
def order_placed(step: Step) -> None:
    step.in_app("bell", {"body": "b"})


def blocking(
    client: Client, session: Session, scoped: scoped_session[Session], connection: Connection, engine: Engine,
    loop: AsyncSession, db: SQLAlchemy, env: NovuEnvironment,
) -> None:
    assert_type(order_placed.trigger(to="ada", session=session), TriggerResult)
    order_placed.trigger(to="ada", session=scoped)
    order_placed.trigger(to="ada", session=db.session)
    client.trigger(order_placed, "ada", session=connection)
    client.broadcast(order_placed, session=session, exclude=["bob"])
    client.trigger_many([{"workflow": "order-placed", "to": "ada"}], session=session)
    env.trigger(order_placed, "ada", session=None)
    order_placed.trigger(to="ada", session=engine)  # E: Argument "session"
    order_placed.trigger(to="ada", session=loop)  # E: Argument "session"


async def on_a_loop(
    client: Client, session: AsyncSession, scoped: async_scoped_session[AsyncSession], connection: AsyncConnection,
    blocking: Session,
) -> None:
    assert_type(await order_placed.atrigger(to="ada", session=session), TriggerResult)
    await order_placed.atrigger(to="ada", session=scoped)
    await client.atrigger(order_placed, "ada", session=connection)
    await client.atrigger(order_placed, "ada", session=blocking)
    await client.abroadcast(order_placed, session=session)
    await client.atrigger_many([], session=session)
    await order_placed.atrigger(to="ada", session="session")  # E: Argument "session"
