"""An app with one workflow, that answers with the app's name, and a call of its execute route."""

from __future__ import annotations

import pytest
from flask import Flask, current_app

from flask_novu import Novu
from novu_core import Registry


@pytest.fixture
def registry():
    registry = Registry()

    @registry.workflow("hello")
    def hello(payload, step):
        step.in_app("inbox", lambda: {"body": f"hello from {current_app.name}"})

    return registry


@pytest.fixture
def make_app(registry):
    apps = []

    def make(name="app", **settings):
        app = Flask(name)
        app.testing = True
        Novu().init_app(app, workflows=registry, worker="none", **settings)
        apps.append(app)
        return app

    yield make
    for app in apps:
        app.extensions["novu"].close()


def execute(app, workflow="hello", prefix="/api/novu", **body):
    return app.test_client().post(f"{prefix}/workflows/{workflow}/execute", json={"to": "ada", **body})
