"""What benchmarks/http.py measures: one workflow behind Flask, FastAPI, and the bare request handler."""

from __future__ import annotations

import os
from typing import Any

from novu_core import Client, Registry, Settings, workflow
from novu_core.aio import Blocking, Looped, drive
from novu_core.http.handler import Handler
from novu_core.http.messages import Request
from novu_core.http.routes import ROUTES

SECRET = "nv-secret-0123456789"
SETTINGS = {
    "NOVU_SECRET_KEY": SECRET,
    "NOVU_STRICT_AUTHENTICATION": True,
    "NOVU_STORE_URL": os.environ.get("BENCHMARK_STORE", "sqlite://"),
    "NOVU_WORKER": "none",
}
EXECUTE = next(found for found in ROUTES if found[1].path.endswith("/execute"))
HEALTH = next(found for found in ROUTES if found[1].path == "/health")
PREFIX = "/api/novu"

registry = Registry()


@workflow("comment", registry=registry)
def comment(payload: Any, step: Any) -> None:
    """Tell an author of a comment."""
    step.in_app("inbox", lambda: {"subject": "New comment", "body": f"{payload['name']}: {payload['comment']}"})


def make_flask() -> Any:
    """The Flask application."""
    from flask import Flask

    from flask_novu import Novu

    app = Flask(__name__)
    app.config.from_mapping(SETTINGS)
    Novu().init_app(app, workflows=registry)
    return app


def make_fastapi() -> Any:
    """The FastAPI application."""
    from fastapi import FastAPI

    from novu_core.integrations.fastapi import serve

    app = FastAPI()
    serve(app, workflows=registry, settings=Settings.load(SETTINGS))
    return app


def make_wsgi() -> Any:
    """The handler behind the least that WSGI asks for."""
    handler, io = Handler(Client(Settings.load(SETTINGS), registry), "bare"), Blocking()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key[:5] == "HTTP_"}
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        mounted, params = _route(environ["PATH_INFO"])
        answer = drive(handler.handle(*mounted, Request(environ["REQUEST_METHOD"], (), headers, body, params), io))
        head = [*answer.headers.items(), ("content-length", str(len(answer.body)))]
        start_response(f"{answer.status} Answer", head)
        return [answer.body]

    return app


def make_asgi() -> Any:
    """The handler behind the least that ASGI asks for."""
    handler, io = Handler(Client(Settings.load(SETTINGS), registry), "bare"), Looped()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise RuntimeError("this app has no lifespan")
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        mounted, params = _route(scope["path"])
        answer = await handler.handle(*mounted, Request(scope["method"], (), headers, body, params), io)
        head = [(key.encode(), value.encode()) for key, value in answer.headers.items()]
        head.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": head})
        await send({"type": "http.response.body", "body": answer.body})

    return app


def _route(path: str) -> Any:
    if path.endswith("/health"):
        return HEALTH, {}
    return EXECUTE, {"workflow_id": path.split("/")[-2]}
