"""The process that test_orders_crash.py kills: ``STORE_URL SHOP_URL MODE`` takes orders, each with its trigger.

MODE: ``before`` or ``after`` the commit of one order it kills itself, without a worker; ``on`` takes orders until it is
killed, with a worker beside it; ``work`` only runs what is due.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import uuid

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from novu_core.client import Client
from novu_core.definition.registry import Registry

orders = sa.Table("orders", sa.MetaData(), sa.Column("item", sa.Text, primary_key=True))


def client(store_url: str) -> Client:
    registry = Registry()

    @registry.workflow("order-placed")
    def order_placed(step):
        step.in_app("bell", {"body": "Thank you"})

    settings = {"NOVU_STORE_URL": store_url, "NOVU_WORKER": "none", "NOVU_LEASE_SECONDS": 0.8}
    return Client(settings, workflows=registry)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _take(shop: Client, session: Session, mode: str) -> None:
    """One order that stays, and by turns one in a savepoint or in a transaction that does not."""
    item = uuid.uuid4().hex
    session.execute(sa.insert(orders), {"item": item})
    with session.begin_nested():
        shop.trigger("order-placed", item, session=session)
    nested = session.begin_nested()
    shop.trigger("order-placed", f"undone-{item}", session=session)
    nested.rollback()
    if mode == "before":
        session.flush()
        _die()
    session.commit()
    if mode == "after":
        _die()
    session.execute(sa.insert(orders), {"item": f"undone-{item}"})
    shop.trigger("order-placed", f"undone-{item}", session=session)
    session.rollback()


async def _take_async(shop: Client, session: AsyncSession, mode: str) -> None:
    """The same on an event loop."""
    item = uuid.uuid4().hex
    await session.execute(sa.insert(orders), {"item": item})
    async with session.begin_nested():
        await shop.atrigger("order-placed", item, session=session)
    nested = await session.begin_nested()
    await shop.atrigger("order-placed", f"undone-{item}", session=session)
    await nested.rollback()
    if mode == "before":
        await session.flush()
        _die()
    await session.commit()
    if mode == "after":
        _die()
    await session.execute(sa.insert(orders), {"item": f"undone-{item}"})
    await shop.atrigger("order-placed", f"undone-{item}", session=session)
    await session.rollback()


async def _shop_async(shop: Client, url: str, mode: str) -> None:
    engine = create_async_engine(url, connect_args={"timeout": 30} if "sqlite" in url else {})
    async with AsyncSession(engine) as session:
        while True:
            await _take_async(shop, session, mode)


def _shop(shop: Client, url: str, mode: str) -> None:
    with Session(sa.create_engine(url, connect_args={"timeout": 30} if "sqlite" in url else {})) as session:
        while True:
            _take(shop, session, mode)


def main() -> None:
    """Do what the arguments say."""
    store_url, shop_url, kind, mode = sys.argv[1:5]
    shop = client(store_url)
    if mode in ("on", "work"):
        shop.start_worker(2)
    if mode == "work":
        threading.Event().wait()
    if kind == "async":
        asyncio.run(_shop_async(shop, shop_url, mode))
    else:
        _shop(shop, shop_url, mode)


if __name__ == "__main__":
    main()
