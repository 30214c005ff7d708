"""``novu_inbox`` in the Jinja templates of FastAPI."""

import asyncio
import importlib.util
import re

import pytest
from jinja2 import DictLoader, Environment

from tests.conformance.frameworks.asgi import httpx, options

if importlib.util.find_spec("fastapi") is None:
    pytest.skip("fastapi is not installed", allow_module_level=True)
from fastapi import FastAPI, Request
from fastapi.templating import Jinja2Templates

from novu_core.integrations.fastapi import NovuRouter, serve
from novu_core.integrations.templates import novu_inbox

PAGE = "<!doctype html>{{ novu_inbox('ada', limit=5) }}"


@pytest.mark.parametrize("root", ["", "/shop"])
@pytest.mark.parametrize("kind", ["serve", "router"])
def test_a_context_processor_gives_it_to_templates(registry, kind, root):
    app = FastAPI(debug=True)
    environment = Environment(loader=DictLoader({"page.html": PAGE}), autoescape=True)
    templates = Jinja2Templates(env=environment, context_processors=[novu_inbox])

    @app.get("/page")
    def page(request: Request):
        return templates.TemplateResponse(request, "page.html")

    async def asked():
        transport = httpx.ASGITransport(app, root_path=root)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as visitor:
            return (await visitor.get(f"http://test{root}/page")).text

    if kind == "serve":
        client = serve(app, "/bells", workflows=registry, **options())
    else:
        router = NovuRouter(registry, prefix="/bells", **options())
        app.include_router(router)
        client = router.client
    text = asyncio.run(asked())
    assert re.findall(r' src="([^"]+)"', text) == [f"{root}/bells/inbox.js", f"{root}/bells"]
    assert text.endswith(' unread="0" limit="5"></novu-inbox>')
    assert client.inbox_tokens.subscriber_of(re.search(r'token="([^"]+)"', text)[1]) == "ada"
