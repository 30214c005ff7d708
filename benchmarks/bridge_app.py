"""The bridge that benchmarks/bridge.py measures: one workflow, served by Flask and by FastAPI.

``benchmarks/peer/express.mjs`` is the same workflow for @novu/framework.
"""

from __future__ import annotations

from typing import Any

from novu_core import Registry, Settings, workflow

SECRET = "nv-secret-0123456789"
SETTINGS = {
    "NOVU_SECRET_KEY": SECRET,
    "NOVU_STRICT_AUTHENTICATION": True,
    "NOVU_STORE_URL": "sqlite://",
    "NOVU_WORKER": "none",
}
PAYLOAD_SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "comment": {"type": "string", "maxLength": 500},
        "post": {
            "type": "object",
            "properties": {"id": {"type": "integer"}, "title": {"type": "string"}},
            "required": ["id", "title"],
            "additionalProperties": False,
        },
        "plan": {"type": "string", "enum": ["free", "pro"], "default": "free"},
    },
    "required": ["name", "comment", "post"],
    "additionalProperties": False,
}
CONTROL_SCHEMA = {
    "type": "object",
    "properties": {
        "subject": {"type": "string", "default": "{{payload.name}} commented on {{payload.post.title}}"},
        "body": {
            "type": "string",
            "default": "<p>Hi {{subscriber.firstName}},</p><p>{{payload.name | upcase}} wrote: {{payload.comment}}</p>",
        },
    },
    "required": ["subject", "body"],
    "additionalProperties": False,
}

registry = Registry()


@workflow("comment", registry=registry, payload_schema=PAYLOAD_SCHEMA)
def comment(payload: Any, step: Any) -> None:
    """Tell an author of a comment: in the inbox, then by e-mail."""
    step.in_app("inbox", lambda: {"subject": "New comment", "body": f"{payload['name']}: {payload['comment']}"})
    step.email(
        "mail",
        lambda controls: {"subject": controls["subject"], "body": controls["body"]},
        control_schema=CONTROL_SCHEMA,
    )


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
