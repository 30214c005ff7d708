"""The client and config fixtures of pytest-flask work with an app that has the extension."""

from __future__ import annotations

import pytest
from flask import Flask, url_for

from flask_novu import Novu, current_novu
from novu_core import Registry

pytest.importorskip("pytest_flask")


@pytest.fixture
def app():
    registry = Registry()

    @registry.workflow("bell")
    def bell(step):
        step.in_app("inbox", {"body": "b"})

    app = Flask("interop")
    app.testing = True
    Novu().init_app(app, workflows=registry, worker="none")
    yield app
    app.extensions["novu"].close()


def test_the_client_fixture_triggers_in_the_pushed_context(client, config):
    answer = client.post("/api/novu/workflows/bell/execute", json={"to": "ada"})
    assert answer.json["status"] == "completed"
    assert current_novu.inbox("ada").count() == 1
    assert config["NOVU_WORKER"] == "thread"
    assert url_for("novu.health").endswith("/api/novu/health")
