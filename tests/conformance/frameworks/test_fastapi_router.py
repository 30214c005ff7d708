"""What only FastAPI has: a router, a lifespan, a loop that nothing may block."""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
import threading
import tracemalloc
from contextlib import asynccontextmanager

import pytest

import flask_novu
from novu_core import Client, Registry, Settings
from novu_core.http.routes import ROUTES
from tests.conformance.frameworks.asgi import options, request

fastapi = pytest.importorskip("fastapi")

from novu_core.integrations import fastapi as integration  # noqa: E402  # after the skip


def test_serve_has_the_signature_of_flasks():
    ours, flasks = (inspect.signature(found.serve).parameters for found in (integration, flask_novu))
    assert [(p.name, p.kind, p.default) for p in ours.values()] == [
        (p.name, p.kind, p.default) for p in flasks.values()
    ]


@pytest.mark.parametrize("mounted", ["router", "serve"])
def test_the_apps_own_lifespan_goes_on_and_the_client_ends_with_the_app(bell, mounted):
    log = []

    @asynccontextmanager
    async def lifespan(app):
        log.append("up")
        yield {"mine": 1}
        log.append("down")

    app = fastapi.FastAPI(lifespan=lifespan, debug=True)
    if mounted == "serve":
        integration.serve(app, workflows=bell, **options())
    else:
        app.include_router(integration.NovuRouter(bell, **options()))

    async def live():
        async with app.router.lifespan_context(app) as state:
            answer = await request(app, "POST", "/api/novu/workflows/bell/execute", json={"to": "ada"})
            return state["mine"], answer.status_code, app.state.novu.inbox("ada").count()

    assert asyncio.run(live()) == (1, 200, 1)
    assert log == ["up", "down"]
    assert app.state.novu.closed


def test_every_route_is_the_apps_and_what_was_there_stays(bell):
    app = fastapi.FastAPI(debug=True)

    @app.get("/mine")
    def mine():
        return {"mine": True}

    before = list(app.routes)
    novu = integration.serve(app, workflows=bell, **options())
    assert list(app.routes)[: len(before)] == before
    for _, route in ROUTES:
        for slash in ("", "/"):
            path = "/api/novu" + route.pattern("{}", "{}/else") + slash
            refused = 405 if route.otherwise is None or not route.path else 404
            assert asyncio.run(request(app, "PATCH", path)).status_code == refused
    assert asyncio.run(request(app, "GET", "/mine")).json() == {"mine": True}
    assert not [path for path in app.openapi()["paths"] if "novu" in path]
    novu.close()


def test_without_debug_it_is_strict(bell):
    app = fastapi.FastAPI()
    novu = integration.serve(app, workflows=bell, **options())
    assert asyncio.run(request(app, "GET", "/api/novu/executions")).status_code == 401
    novu.close()


def test_a_chunked_body_over_the_limit_is_413_and_not_read_on(bell):
    app, sent = fastapi.FastAPI(debug=True), []
    novu = integration.serve(app, workflows=bell, max_body_bytes=100, **options())

    async def chunks():
        for number in range(1000):
            sent.append(number)
            yield b"x" * 50

    answer = asyncio.run(
        request(
            app,
            "POST",
            "/api/novu/workflows/bell/execute",
            content=chunks(),
            headers={"content-type": "application/json"},
        )
    )
    assert answer.status_code == 413
    assert len(sent) < 10
    novu.close()


def test_a_workflow_that_blocks_does_not_block_the_loop():
    registry, entered, leave = Registry(), threading.Event(), threading.Event()

    @registry.workflow("slow")
    def slow(step):
        step.custom("wait", lambda: entered.set() or {"left": leave.wait(10)})

    app = fastapi.FastAPI(debug=True)
    novu = integration.serve(app, workflows=registry, **options())

    async def both():
        running = asyncio.ensure_future(request(app, "POST", "/api/novu/workflows/slow/execute", json={"to": "ada"}))
        await asyncio.to_thread(entered.wait, 10)
        health = await request(app, "GET", "/api/novu/health")
        leave.set()
        return health.status_code, (await running).json()["step_results"]["wait"]

    assert asyncio.run(both()) == (200, {"left": True})
    novu.close()


def test_without_fastapi_the_import_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    monkeypatch.delitem(sys.modules, "novu_core.integrations.fastapi")
    with pytest.raises(ImportError, match=r"flask-novu\[fastapi\]"):
        __import__("novu_core.integrations.fastapi")


def test_thousands_of_requests_leave_no_memory_behind(bell, tmp_path):
    app = fastapi.FastAPI(debug=True)
    novu = integration.serve(app, workflows=bell, store_url=f"sqlite:///{tmp_path}/novu.db", worker="none")
    body = b'{"to": "ada"}'
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "query_string": b"",
        "path": "/api/novu/workflows/bell/execute", "raw_path": b"/api/novu/workflows/bell/execute", "scheme": "http",
        "root_path": "", "headers": [(b"content-type", b"application/json")], "client": ("127.0.0.1", 1), "server": ("test", 2),
    }  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            assert message["status"] == 200

    async def requests(count):
        for _ in range(count):
            await app(dict(scope), receive, send)

    async def measure():
        await requests(500)
        gc.collect()
        tracemalloc.start()
        await requests(750)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        await requests(2_000)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        return grown

    assert asyncio.run(measure()) < 40_000  # less than 20 bytes for each
    novu.close()


@pytest.mark.parametrize("mounted", ["router", "serve"])
def test_the_worker_starts_with_the_app_and_finishes_what_waited(tmp_path, mounted):
    registry, done = Registry(), threading.Event()

    @registry.workflow("late")
    def late(step):
        step.custom("work", lambda: done.set() or {"ok": True})

    given = {"store_url": f"sqlite:///{tmp_path}/novu.db"}
    with Client(Settings(**given, worker="none"), registry) as before:
        before.trigger(late, "ada", wait=False)
    app = fastapi.FastAPI()
    if mounted == "serve":
        integration.serve(app, workflows=registry, **given)
    else:
        app.include_router(integration.NovuRouter(registry, **given))

    async def live():
        async with app.router.lifespan_context(app):
            return await asyncio.to_thread(done.wait, 10)

    assert asyncio.run(live())


@pytest.mark.mission("F-FR-002")
@pytest.mark.parametrize("place", ["include_router", "app"])
def test_dependencies_of_the_app_guard_the_routes(bell, place):
    def guard(x_key: str = fastapi.Header("")):
        if x_key != "k":
            raise fastapi.HTTPException(403)

    if place == "app":
        app = fastapi.FastAPI(debug=True, dependencies=[fastapi.Depends(guard)])
        novu = integration.serve(app, workflows=bell, **options())
    else:
        app = fastapi.FastAPI(debug=True)
        router = integration.NovuRouter(bell, **options())
        app.include_router(router, dependencies=[fastapi.Depends(guard)])
        novu = router.client
    answers = [
        asyncio.run(request(app, "POST", "/api/novu/workflows/bell/execute", json={"to": "ada"}, headers=headers))
        for headers in ({}, {"x-key": "k"})
    ]
    assert [answer.status_code for answer in answers] == [403, 200]
    novu.close()
