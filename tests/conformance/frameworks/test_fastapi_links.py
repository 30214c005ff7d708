"""Where links lead on FastAPI: below the prefix of the router, also for a client that was made before it."""

from __future__ import annotations

import asyncio
import importlib.util

import pytest

from novu_core import Client
from tests.conformance.frameworks.asgi import httpx, options

if importlib.util.find_spec("fastapi") is None:
    pytest.skip("fastapi is not installed", allow_module_level=True)
from fastapi import FastAPI

from novu_core.integrations.fastapi import NovuRouter, serve

SITE = "https://app.example.org"
SETTINGS = {"public_url": SITE, "secret_key": "k"}


@pytest.fixture
def news(registry):
    @registry.workflow("news")
    def news(step):
        step.email("mail", {"subject": "s", "body": "b"})

    return registry


def served(kind, news):
    app = FastAPI(debug=True)
    if kind == "serve":
        return app, serve(app, "/notices", workflows=news, **{**options(), **SETTINGS})
    if kind == "client":
        made = Client({"store_url": "sqlite://", "worker": "none", **SETTINGS}, news)
        assert made.preferences.url("ada").startswith(f"{SITE}/api/novu/")
        app.include_router(NovuRouter(client=made, prefix="/notices"))
        return app, made
    router = NovuRouter(news, prefix="/notices", **{**options(), **SETTINGS})
    app.include_router(router)
    return app, router.client


@pytest.mark.parametrize("kind", ["serve", "router", "client"])
def test_links_lead_below_the_prefix(news, kind):
    app, client = served(kind, news)

    async def asked(path):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as visitor:
            return (await visitor.get(f"http://test{path}")).status_code

    with client:
        for url in (client.preferences.url("ada"), client.preferences.unsubscribe_url("ada", "news")):
            assert url.startswith(f"{SITE}/notices/")
            assert asyncio.run(asked(url.removeprefix(SITE))) == 200
