"""Trouble before the request handler: bodies that cannot be read, and clients that cannot be built."""

from __future__ import annotations

import asyncio
import io
import json
import logging

import pytest

from novu_core.errors import ConfigurationError, StoreError
from tests.conformance.frameworks.conftest import KEY, PREFIX, installed

AUTHORIZED = {"authorization": f"ApiKey {KEY}"}


class InvalidChunkSize(Exception):
    """A server's own; gunicorn's is no ValueError either."""


class Broken(io.RawIOBase):
    """What a server gives as the body: something, then its error."""

    def __init__(self, error):
        self._error = error

    def read(self, size=-1):
        raise self._error


def wsgi(app, path, error):
    answer: list[object] = []
    query = path.partition("?")[2]
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": PREFIX + path.partition("?")[0], "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": "application/json", "wsgi.input_terminated": True,
        "wsgi.input": Broken(error), "wsgi.errors": io.StringIO(), "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
        "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    body = b"".join(app(environ, lambda status, headers, exc_info=None: answer.extend((status, dict(headers)))))
    return int(str(answer[0])[:3]), {name.lower(): value for name, value in answer[1].items()}, body


def asgi(app, path, error):
    sent: list[dict] = []
    scope = {
        "type": "http", "method": "POST", "path": PREFIX + path.partition("?")[0], "raw_path": PREFIX.encode(),
        "query_string": path.partition("?")[2].encode(), "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 50123), "server": ("localhost", 80), "root_path": "",
    }  # fmt: skip
    pieces = [{"type": "http.request", "body": b'{"to"', "more_body": True}]

    async def receive():
        if pieces:
            return pieces.pop()
        if error is None:
            return {"type": "http.disconnect"}
        raise error

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"]


def app_of(framework, registry):
    settings = {"workflows": registry, "store_url": "sqlite://", "worker": "none", "secret_key": KEY}
    if framework == "flask":
        from flask import Flask

        from flask_novu import Novu

        app = Flask("around")
        Novu().init_app(app, **settings)
        return app.wsgi_app, app.extensions["novu"]
    if framework == "fastapi":
        from fastapi import FastAPI

        from novu_core.integrations.fastapi import serve

        app = FastAPI()
        return app, serve(app, **settings)
    from tests.conformance.django_project import Project

    project = Project(settings.pop("workflows"), **settings)
    return project.wsgi, project.client


@pytest.mark.parametrize("framework", ["flask", "django", "fastapi"])
@pytest.mark.parametrize(
    "error",
    [InvalidChunkSize("zz"), OSError("unexpected end of file while reading chunked data"), ValueError("invalid literal"), None],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_400_in_json(hello, framework, error, caplog):
    if framework not in installed():
        pytest.skip(f"{framework} is not installed")
    app, novu = app_of(framework, hello)
    call = asgi if framework == "fastapi" else wsgi
    if error is None and call is wsgi:
        error = RuntimeError("lost")
    for path in ("/workflows/hello/execute", "/nothing", "?action=execute"):
        status, headers, body = call(app, path, error)
        assert (status, headers["content-type"], headers["cache-control"]) == (400, "application/json", "no-store")
        told = json.loads(body)
        if path.startswith("/"):
            assert told["errors"][0]["message"].startswith("the body cannot be read: it was cut off, or its chunks are")
        else:
            assert told == {"message": "The request is invalid.", "code": "RequestInvalidError"}
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert len(novu.executions.list()) == 0
    novu.close()


WRONG = [
    {"delivery": {"email": "smtp://user:nv-password@x"}},
    {"store_url": "mysql://user:nv-password@x"},
    {"lease_seconds": -1},
    {"delivery": {"sms": object()}},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: next(iter(wrong)))
@pytest.mark.parametrize("worker", ["none", "thread"])
def test_a_client_that_cannot_be_built_is_500_in_json(make_api, hello, wrong, worker, caplog):
    api = make_api(hello, debug=False, secret_key=KEY, **{"worker": worker, **wrong})
    for _ in range(2):
        for path in ("/health", "/executions", "/nothing", "", "?action=discover"):
            caplog.clear()
            answer = api.get(path, headers=AUTHORIZED)
            assert (answer.status, answer.headers["content-type"]) == (500, "application/json")
            assert answer.headers["cache-control"] == "no-store"
            told = answer.json
            assert "see the server log" in told.get("detail", told.get("message"))
            assert b"nv-password" not in answer.body
            if "error_id" in told:
                assert told["error_id"] in caplog.text
            assert "ConfigurationError: " in caplog.text
            assert "nv-password" not in caplog.text
    for name in ("settings", "engine", "executions"):
        with pytest.raises(ConfigurationError):
            getattr(api.novu, name)
    assert not {"settings", "engine"} & vars(api.novu).keys()


@pytest.mark.parametrize(
    "fault", [ZeroDivisionError("by nothing"), StoreError("away"), RuntimeError("can't start new thread")]
)
@pytest.mark.parametrize("exposed", [False, True])
def test_a_worker_that_cannot_start_is_500_in_json(make_api, hello, fault, exposed, monkeypatch):
    api = make_api(hello, debug=False, secret_key=KEY, expose_errors=exposed)

    def fails():
        raise fault

    monkeypatch.setattr(api.novu, "wake", fails)
    for path in ("/health", "/executions", "", "?action=discover"):
        answer = api.get(path, headers=AUTHORIZED)
        assert (answer.status, answer.headers["content-type"]) == (500, "application/json")
        assert (str(fault).encode() in answer.body) is exposed
    monkeypatch.undo()
    assert api.get("/health").status == 200


def test_a_client_is_built_once_its_settings_are_right(make_api, hello, monkeypatch):
    def refuses(self, *given, **named):
        raise ConfigurationError("not yet")

    monkeypatch.setattr("novu_core.delivery.router.Router.__init__", refuses)
    api = make_api(hello, debug=False, secret_key=KEY)
    assert api.get("/health").status == 500
    assert not {"settings", "engine"} & vars(api.novu).keys()
    monkeypatch.undo()
    assert api.get("/health").status == 200
    assert api.post("/workflows/hello/execute", json={"to": "ada"}, headers=AUTHORIZED).status == 200
