"""The same bell on FastAPI and Django: its file, the inbox API and, where the server carries them, live updates."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from novu_core import Registry
from novu_core.inbox import bell as bell_markup
from tests.browser.bell.conftest import bell_of, rows, telling, unread

HEAD = "<!doctype html><html lang='en'><meta charset='utf-8'><title>Shop</title>"
OPTIONS = {"store_url": "sqlite://", "worker": "none", "secret_key": "key"}


@contextmanager
def fastapi_served(registry: Registry, **more) -> Iterator[tuple]:
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse, Response

    from novu_core.integrations.fastapi import serve
    from novu_core.integrations.templates import novu_inbox

    app = FastAPI()
    client = serve(app, workflows=registry, **OPTIONS, **more)

    app.add_route("/", lambda request: HTMLResponse(HEAD + novu_inbox(request)["novu_inbox"]("ada")))
    app.add_route("/favicon.ico", lambda request: Response(status_code=204))
    config = uvicorn.Config(app, port=0, log_level="critical", ws="wsproto")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    try:
        yield client, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", True
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


@contextmanager
def django_served(registry: Registry, **more) -> Iterator[tuple]:
    from tests.browser.serving import served_by
    from tests.conformance.django_project import Project

    project = Project(registry, **OPTIONS, **more)

    def app(environ, start_response):
        path = environ["PATH_INFO"]
        environ.pop("werkzeug.socket", None)
        if path.startswith("/api/novu"):
            return project.wsgi(environ, start_response)
        text = HEAD + bell_markup(project.client, "/api/novu/inbox.js", "ada", poll=1) if path == "/" else ""
        start_response("200 OK", [("content-type", "text/html")])
        return [text.encode()]

    with served_by() as serve:
        try:
            yield project.client, serve(app, threaded=False), False  # its settings are the process's
        finally:
            project.client.close()


SERVED = {"fastapi": fastapi_served, "django": django_served}


@pytest.mark.parametrize("framework", SERVED)
def test_it_shows_marks_and_hears(framework, page, watch):
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    watch.expect("WebSocket connection to .* 501")
    registry = Registry()
    told = telling(registry)
    with SERVED[framework](registry) as (client, address, live):
        client.trigger(told, to="ada", payload={"body": "One"})
        page.goto(address)
        bell = bell_of(page)
        unread(bell, 1)
        bell.click()
        expect(rows(page)).to_have_count(1)
        client.trigger(told, to="ada", payload={"body": "Two"})
        unread(bell, 2)
        expect(rows(page)).to_have_count(2)
        page.get_by_role("button", name="One").click()
        unread(bell, 1)
        page.get_by_role("button", name="Mark all as read").click()
        unread(bell, 0)
        assert client.inbox("ada").unread().total == 0
        assert live is not any("501" in fault for fault in watch.expected)
        page.goto("about:blank")
