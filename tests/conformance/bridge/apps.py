"""The four mounts of the corpus as one WSGI or ASGI application of a framework, and ways to call them in-process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.test import Client as WsgiClient

from novu_core import Registry, Settings
from tests.conformance.bridge.runner import MOUNTS, SECRET, Answer, Send


def settings_of(mount: str, api_url: str) -> dict[str, Any]:
    """What a mount's configuration holds, under the names of the environment."""
    return {
        "NOVU_URL_PREFIX": f"/{mount}",
        "NOVU_SECRET_KEY": SECRET,
        "NOVU_STRICT_AUTHENTICATION": MOUNTS[mount],
        "NOVU_API_URL": api_url,
        "NOVU_STORE_URL": "sqlite://",
        "NOVU_WORKER": "none",
    }


def flask_app(workflows: Registry, api_url: str) -> Callable[..., Any]:
    """One WSGI application with a Flask application for each mount."""
    from flask_novu import Novu

    apps = {}
    for mount in MOUNTS:
        app = apps[mount] = Flask("bridge")
        app.config.from_mapping(settings_of(mount, api_url))
        Novu().init_app(app, workflows=workflows)
    return lambda environ, start_response: apps[_mount(environ["PATH_INFO"])](environ, start_response)


def fastapi_app(workflows: Registry, api_url: str) -> Callable[..., Any]:
    """One ASGI application with a FastAPI application for each mount."""
    from fastapi import FastAPI

    from novu_core.integrations.fastapi import serve

    apps = {}
    for mount in MOUNTS:
        app = apps[mount] = FastAPI()
        serve(app, f"/{mount}", workflows=workflows, settings=Settings.load(settings_of(mount, api_url)))

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await apps["open"](scope, receive, send)
        else:
            await apps[_mount(scope["path"])](scope, receive, send)

    return dispatch


def django_app(workflows: Registry, api_url: str) -> Callable[..., Any]:
    """One WSGI application with a Django client for each mount."""
    projects = _projects(workflows, api_url)
    return lambda environ, start_response: projects[_mount(environ["PATH_INFO"])].wsgi(environ, start_response)


def django_asgi_app(workflows: Registry, api_url: str) -> Callable[..., Any]:
    """The same as one ASGI application."""
    projects = _projects(workflows, api_url)

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        await projects[_mount(scope.get("path", "/open"))].asgi(scope, receive, send)

    return dispatch


def _projects(workflows: Registry, api_url: str) -> dict[str, Any]:
    from tests.conformance.django_project import Project

    return {
        mount: Project(
            workflows,
            **{key.removeprefix("NOVU_").lower(): value for key, value in settings_of(mount, api_url).items()},
        )
        for mount in MOUNTS
    }


WSGI = {"flask": flask_app, "django": django_app}
ASGI = {"fastapi": fastapi_app, "django-asgi": django_asgi_app}
FRAMEWORKS = {**WSGI, **ASGI}


def _mount(path: str) -> str:
    name = path.split("/")[1]
    return name if name in MOUNTS else "open"


@contextmanager
def sender(framework: str, workflows: Registry, api_url: str) -> Iterator[Send]:
    """Give a function that sends requests to a fresh application without a network."""
    app = FRAMEWORKS[framework](workflows, api_url)
    if framework in WSGI:
        yield lambda *request: _wsgi(app, *request)
        return
    loop = asyncio.new_event_loop()
    try:
        yield lambda *request: loop.run_until_complete(_asgi(app, *request))
    finally:
        loop.close()


def _wsgi(app: Any, mount: str, method: str, query: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    response = WsgiClient(app).open(
        f"/{mount}", method=method, query_string=query, headers=[*headers.items()], data=body
    )
    return response.status_code, {name.lower(): value for name, value in response.headers}, response.data


async def _asgi(
    app: Any, mount: str, method: str, query: str, headers: Mapping[str, str], body: bytes | None
) -> Answer:
    raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": f"/{mount}",
        "raw_path": f"/{mount}".encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [*raw_headers, (b"content-length", str(len(body or b"")).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[dict[str, Any]] = []
    given = [{"type": "http.request", "body": body or b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not given:  # the caller stays
            await asyncio.Event().wait()
        return given.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    answered = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:])
