"""Where the Studio is: under FastAPI and Django too, a log says so at a process's first request, while debugging."""

from __future__ import annotations

import asyncio
import logging

import pytest

from novu_core import Registry
from novu_core.integrations.announcing import base_of, studio_at

STORE = {"store_url": "sqlite://", "worker": "none"}


def told(caplog):
    return [record.getMessage() for record in caplog.records if "The Studio" in record.getMessage()]


@pytest.mark.parametrize(
    ("debug", "settings", "line"),
    [
        (True, {}, ["The Studio: http://test/api/novu/studio"]),
        (False, {"studio": "on"}, []),
        (True, {"studio": "off"}, []),
    ],
)
@pytest.mark.parametrize("way", ["serve", "router"])
def test_under_fastapi(caplog, debug, settings, line, way):
    fastapi = pytest.importorskip("fastapi")
    from novu_core.integrations.fastapi import NovuRouter, serve
    from tests.conformance.frameworks.asgi import request

    caplog.set_level(logging.INFO, "uvicorn")
    app = fastapi.FastAPI(debug=debug)
    app.add_api_route("/", lambda: "Hello")
    if way == "serve":
        serve(app, workflows=Registry(), **STORE, **settings)
    else:
        app.include_router(NovuRouter(Registry(), **STORE, **settings))

    async def live():
        async with app.router.lifespan_context(app):
            for _ in range(2):
                assert (await request(app, "GET", "/")).json() == "Hello"
        assert app.middleware_stack.__module__ != "novu_core.integrations.announcing"

    asyncio.run(live())
    assert told(caplog) == line


@pytest.mark.parametrize(
    ("debug", "settings", "line"),
    [
        (True, {}, ["The Studio: http://shop.localhost:81/below/api/novu/studio"]),
        (False, {"studio": "on"}, []),
        (True, {"studio": "off"}, []),
    ],
)
@pytest.mark.parametrize("asgi", [False, True])
def test_under_django(caplog, debug, settings, line, asgi):
    pytest.importorskip("django")
    from django.core.signals import request_started

    from novu_core.integrations.django.apps import tell_studio
    from tests.conformance.django_project import Project

    caplog.set_level(logging.INFO, "django")
    project = Project(Registry(), debug=debug, **STORE, **settings)
    environ = {"HTTP_HOST": "shop.localhost:81", "SCRIPT_NAME": "/below", "wsgi.url_scheme": "http"}
    scope = {"headers": [(b"host", b"shop.localhost:81")], "root_path": "/below", "scheme": "http"}
    asked = {"scope": scope} if asgi else {"environ": environ}
    request_started.connect(tell_studio)
    try:
        with project._answering():
            for _ in range(2):
                request_started.send(sender=None, **asked)
    finally:
        request_started.disconnect(tell_studio)
        project.client.close()
    assert told(caplog) == line


def test_an_address_without_a_host_is_the_servers():
    assert base_of({"headers": [], "server": ("127.0.0.1", 80), "root_path": "/below"}) == "http://127.0.0.1:80/below"
    assert base_of({"headers": [], "server": ("/run/app.sock", None), "scheme": "https"}) == "https:///run/app.sock"


def test_settings_that_are_refused_are_told_elsewhere():
    def refused():
        raise ValueError("no")

    assert studio_at(refused, "http://localhost") is None
