"""One client abstraction over every framework; a framework that is not installed is skipped."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import pytest
from pydantic import BaseModel

from novu_core import Client, Registry

PREFIX = "/api/novu"


KEY = "nv-secret-key"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """An app of one framework, and its client."""

    def __init__(self, send: Callable[..., Answer], novu: Client) -> None:
        self._send = send
        self.novu = novu

    def request(self, method, path, data=None, headers=None, **options) -> Answer:
        headers = dict(headers or {})
        if "json" in options:
            data = json.dumps(options["json"]).encode()
        if data is not None:
            headers.setdefault("content-type", "application/json")
        return self._send(method, PREFIX + path, data or b"", headers)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def execute(self, workflow_id, to="user-1", **body):
        return self.post(f"/workflows/{workflow_id}/execute", json={"to": to, **body})


def wsgi_sender(app, settings) -> Callable[..., Answer]:
    from werkzeug.middleware.proxy_fix import ProxyFix
    from werkzeug.test import Client as WsgiClient

    app = ProxyFix(app, x_for=1, x_proto=1) if settings.behind_proxy else app
    client = WsgiClient(app, use_cookies=False)  # a request sends what its test says

    def send(method, path, data, headers):
        environ = {"REMOTE_ADDR": "127.0.0.1"}
        if "content-length" in headers:
            environ["CONTENT_LENGTH"] = headers.pop("content-length")
        answer = client.open(path, method=method, data=data, headers=headers, environ_overrides=environ)
        return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers}, answer.data)

    return send


def asgi_sender(app, settings, url="http://test") -> Callable[..., Answer]:
    import httpx
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    app = ProxyHeadersMiddleware(app, trusted_hosts="127.0.0.1") if settings.behind_proxy else app
    # in-process clients are known by their address; this one is a connection's
    address = ("127.0.0.1", 50123) if settings.from_network else ("127.0.0.1", 123)

    async def call(method, path, data, headers):
        transport = httpx.ASGITransport(app, client=address)
        async with httpx.AsyncClient(transport=transport, base_url=url) as client:
            raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            return await client.request(method, path, content=data, headers=raw)

    def send(method, path, data, headers):
        answer = asyncio.run(call(method, path, data, headers))
        return Answer(answer.status_code, dict(answer.headers), answer.content)

    return send


@dataclass
class Around:
    """What stands around an app: whether requests come over a connection, and through a proxy."""

    debug: bool = True
    from_network: bool = False
    behind_proxy: bool = False

    @classmethod
    def out_of(cls, settings) -> Around:
        return cls(**{item.name: settings.pop(item.name) for item in fields(cls) if item.name in settings})


def flask_api(workflows, settings) -> Api:
    from flask import Flask

    from flask_novu import Novu

    around = Around.out_of(settings)
    app = Flask("conformance")
    app.debug = around.debug
    Novu().init_app(app, workflows=workflows, **settings)
    return Api(wsgi_sender(app, around), app.extensions["novu"])


def fastapi_api(workflows, settings) -> Api:
    from fastapi import FastAPI

    from novu_core.integrations.fastapi import serve

    around = Around.out_of(settings)
    app = FastAPI(debug=around.debug)
    novu = serve(app, workflows=workflows, **settings)
    return Api(asgi_sender(app, around), novu)


def django_wsgi_api(workflows, settings) -> Api:
    from tests.conformance.django_project import Project

    around = Around.out_of(settings)
    project = Project(workflows, debug=around.debug, **settings)
    return Api(wsgi_sender(project.wsgi, around), project.client)


def django_asgi_api(workflows, settings) -> Api:
    from tests.conformance.django_project import Project

    around = Around.out_of(settings)
    project = Project(workflows, debug=around.debug, **settings)
    around.from_network = True  # Django has its own clients for tests; httpx's is none that it would know
    return Api(asgi_sender(project.asgi, around, "http://localhost"), project.client)


MAKERS = {"flask": flask_api, "fastapi": fastapi_api, "django": django_wsgi_api, "django-asgi": django_asgi_api}


def installed() -> list[str]:
    """The makers whose framework is there."""
    return [name for name in MAKERS if importlib.util.find_spec(name.split("-")[0]) is not None]


@pytest.fixture(params=sorted(MAKERS))
def framework(request) -> str:
    if request.param not in installed():
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def make_api(framework) -> Iterator[Callable[..., Api]]:
    made: list[Api] = []

    def make(workflows: Registry, **settings: Any) -> Api:
        settings = {"store_url": "sqlite://", "worker": "none", **settings}
        made.append(MAKERS[framework](workflows, settings))
        return made[-1]

    yield make
    for api in made:
        api.novu.close()


class Comment(BaseModel):
    text: str
    stars: int = 1


@pytest.fixture
def comments(registry):
    @registry.workflow("comment", payload_schema=Comment)
    def comment(payload, step):
        step.in_app("inbox", {"body": payload.text})
        step.custom("count", lambda: {"stars": payload.stars})

    return registry


@pytest.fixture
def hello(registry):
    class Controls(BaseModel):
        text: str = "hello"

    @registry.workflow("hello", name="Hello", tags=["t"])
    def hello(step):
        step.in_app("inbox", lambda controls: {"body": controls.text}, control_schema=Controls)

    return registry


@pytest.fixture
def bell(registry):
    @registry.workflow("bell")
    def bell(step):
        step.in_app("inbox", {"body": "b"})

    return registry
