"""The bridge that benchmarks/bridge.py measures: the mails' workflows, served by Flask and by FastAPI.

``benchmarks/peer/serve.mjs`` has the same workflows for @novu/framework.
"""

from __future__ import annotations

from typing import Any

from benchmarks.bridge_mails import MAILS, Mail
from novu_core import Registry, Settings

SECRET = "nv-secret-0123456789"
SETTINGS = {
    "NOVU_SECRET_KEY": SECRET,
    "NOVU_STRICT_AUTHENTICATION": True,
    "NOVU_STORE_URL": "sqlite://",
    "NOVU_WORKER": "none",
}

registry = Registry()


def _define(mail: Mail) -> None:
    control_schema = mail.control_schema

    @registry.workflow(mail.workflow_id, payload_schema=mail.payload_schema)
    def workflow(payload: Any, step: Any) -> None:
        step.in_app("inbox", lambda: {"subject": "News", "body": f"About {payload[mail.bell]}"})
        step.email(
            "mail",
            lambda controls: {"subject": controls["subject"], "body": controls["body"]},
            control_schema=control_schema,
        )


for each in MAILS:
    _define(each)


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
