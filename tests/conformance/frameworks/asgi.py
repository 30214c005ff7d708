"""How the tests of FastAPI's own face make an app's client, and ask the app."""

from __future__ import annotations

import pytest

httpx = pytest.importorskip("httpx")


def options():
    return {"store_url": "sqlite://", "worker": "none"}


async def request(app, method, path, **more):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.request(method, path, **more)
