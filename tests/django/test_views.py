"""The views in this process: what a request becomes, and which of the two views answers it."""

from __future__ import annotations

import asyncio
import inspect
import re
import threading

import httpx
import pytest
from django.test import RequestFactory, override_settings
from django.urls import resolve
from flask import Flask
from werkzeug.test import Client as WsgiClient
from werkzeug.test import create_environ, run_wsgi_app

from flask_novu import Novu
from novu_core import Registry
from novu_core.integrations.django.client import using
from novu_core.integrations.django.configuration import project_name
from tests.conformance.django_project import Project, bridge
from tests.conformance.frameworks.conftest import MAKERS

ADDRESSES = [
    "/executions/%ff", "/executions/caf%C3%A9%ff", "/executions/a%00b", "/executions/%25FF", "/executions/a%20b+c",
    "/executions/%0A", "/workflows/%ff/controls/", "/workflows/hello/steps/%f0%9f/controls", "/triggers/%ff",
    "/executions?status=%ff", "/executions?status=%C3%A9", "/executions?status=a+b", "/executions?status=%00",
    "/executions?status", "/executions?status=%zz", "/executions?status=a;b", "/executions?limit=1&limit=0",
    "/executions?limit=0&limit=1", "/executions?cursor=%F0%9F", "/executions?" + "&".join(["limit=0"] * 1500),
]  # fmt: skip


@pytest.fixture
def registry():
    registry = Registry()

    @registry.workflow("hello")
    def hello(step):
        step.in_app("inbox", {"body": "b"})

    return registry


@pytest.fixture
def make(registry):
    made = []

    def make(**given):
        project = Project(registry, **{"debug": True, "store_url": "sqlite://", "worker": "none", **given})
        made.append(project.client)
        return project

    yield make
    for client in made:
        client.close()


def test_an_address_is_read_as_flask_reads_it(registry):
    answers = {}
    for name in ("flask", "django", "django-asgi"):
        api = MAKERS[name](registry, {"store_url": "sqlite://", "worker": "none"})
        answers[name] = [(found.status, without_ids(found.body)) for found in (api.get(path) for path in ADDRESSES)]
        api.novu.close()
    for path, *found in zip(ADDRESSES, *answers.values(), strict=True):
        assert found == [found[0]] * 3, path


@pytest.mark.parametrize("raw", ["\xff", "caf\xc3\xa9\xff", "%FF", "a\xf0\x9f b"])
def test_bytes_of_the_path_that_are_not_utf_8_are_read_as_flask_reads_them(make, registry, raw):
    app = Flask("bytes")
    app.debug = True
    Novu().init_app(app, workflows=registry, store_url="sqlite://", worker="none")
    bodies = []
    for application in (app.wsgi_app, make().wsgi):
        environ = create_environ("/", query_string="a=\xff", environ_base={"REMOTE_ADDR": "127.0.0.1"})
        environ["PATH_INFO"] = f"/api/novu/executions/{raw}"  # as a server gives it, which the test client does not
        body, status, _ = run_wsgi_app(application, environ, buffered=True)
        bodies.append((status.split()[0], without_ids(b"".join(body))))
    assert bodies[0] == bodies[1]
    app.extensions["novu"].close()


def without_ids(body):
    return re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"ID", body)


@pytest.mark.parametrize("path", ["/api/novu", "/api/novu/", "/api/novu/health", "/api/novu/workflows/w/execute/"])
def test_the_event_loop_gets_the_async_view_and_a_thread_the_sync_one(path):
    async def resolved():
        return resolve(path)

    here, there = resolve(path), asyncio.run(resolved())
    assert not inspect.iscoroutinefunction(here.func)
    assert inspect.iscoroutinefunction(there.func)
    assert here.kwargs == there.kwargs
    for view in (here.func, there.func):
        assert view.csrf_exempt
        assert not view.login_required


def test_every_pattern_is_sound_in_the_eyes_of_djangos_checks():
    from novu_core.integrations.django.urls import urlpatterns

    for pattern in (*urlpatterns, *bridge[0]):
        assert pattern.check() == []


def test_a_head_has_the_length_of_the_answer_and_no_body(make):
    client = WsgiClient(make().wsgi)
    got, head = (client.open("/api/novu/health", method=method) for method in ("GET", "HEAD"))
    assert (head.data, head.headers["content-length"]) == (b"", str(len(got.data)))


@pytest.mark.parametrize("method", ["BREW", "PROPFIND"])
def test_an_unknown_method_is_405(make, method):
    client = WsgiClient(make().wsgi)
    assert client.open("/api/novu/health", method=method).json["error_type"] == "MethodNotAllowedError"
    assert client.open("/api/novu", method=method).json["code"] == "MethodNotAllowedError"


def read_the_body(get_response):
    def middleware(request):
        assert request.body is not None
        assert request.POST is not None
        return get_response(request)

    return middleware


def test_a_middleware_that_reads_the_body_takes_nothing_away(make):
    with override_settings(MIDDLEWARE=[f"{__name__}.read_the_body"]):
        answer = WsgiClient(make().wsgi).post("/api/novu/workflows/hello/execute", json={"to": "ada"})
    assert answer.status_code == 200


def test_a_workflow_that_blocks_does_not_block_the_loop():
    registry, entered, leave = Registry(), threading.Event(), threading.Event()

    @registry.workflow("slow")
    def slow(step):
        step.custom("wait", lambda: entered.set() or {"left": leave.wait(10)})

    project = Project(registry, debug=True, store_url="sqlite://", worker="none")

    async def both():
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(project.asgi), base_url="http://localhost"
        ) as client:
            running = asyncio.ensure_future(client.post("/api/novu/workflows/slow/execute", json={"to": "ada"}))
            await asyncio.to_thread(entered.wait, 10)
            health = await client.get("/api/novu/health")
            leave.set()
            return health.status_code, (await running).json()["step_results"]["wait"]

    assert asyncio.run(both()) == (200, {"left": True})
    project.client.close()


def test_the_store_is_not_opened_on_the_loop(make):
    project, threads = make(), []
    prepare = project.client.prepare
    project.client.prepare = lambda: threads.append(threading.current_thread()) or prepare()

    async def ask():
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(project.asgi), base_url="http://localhost"
        ) as client:
            return [(await client.get("/api/novu/workflows")).status_code for _ in range(2)]

    assert asyncio.run(ask()) == [200, 200]
    assert [thread is threading.main_thread() for thread in threads] == [False]


def test_the_address_and_the_scheme_are_djangos(make, registry):
    from novu_core.http.bridge import BRIDGE
    from novu_core.integrations.django.views import _request

    with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        asked = RequestFactory(REMOTE_ADDR="192.0.2.1").get("/api/novu", headers={"x-forwarded-proto": "https"})
        found = _request(asked, BRIDGE, {}, 10)
    assert (found.client, found.scheme, found.headers["X-FORWARDED-proto"]) == ("192.0.2.1", "https", "https")


def test_an_argument_beats_the_projects_settings_which_beat_the_environment(make, monkeypatch):
    monkeypatch.setenv("NOVU_TIMEZONE", "Europe/Berlin")
    assert make().client.settings.timezone == "Europe/Berlin"
    with override_settings(NOVU_TIMEZONE="Europe/Paris"):
        assert make().client.settings.timezone == "Europe/Paris"
        assert make(timezone="Europe/Rome").client.settings.timezone == "Europe/Rome"


def test_novu_is_the_client_in_use(make):
    from novu_core.integrations.django import novu  # pytest looks at a module's names, which would build the client

    project = make()
    with using(project.client):
        assert novu.trigger("hello", to="ada").status == "completed"
        assert novu.inbox("ada").count() == 1
    assert project.client.inbox("ada").count() == 1


@pytest.mark.parametrize(
    ("module", "name"), [("shop.settings.production", "shop"), ("settings", "settings"), ("", None)]
)
def test_a_client_is_called_as_the_projects_package(monkeypatch, module, name):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", module)
    assert project_name() == name
