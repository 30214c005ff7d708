"""Django's project and the command line, with ``NOVU_WORKER=celery``."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from flask_novu import Novu
from novu_core import Registry
from novu_core.backends import loop
from novu_core.storage.lease_statements import QUEUE

pytestmark = pytest.mark.filterwarnings("ignore:No hostname was supplied")


@pytest.fixture
def app(celery_app, tmp_path):
    registry = Registry()

    @registry.workflow("hello")
    def hello(step):
        step.in_app("bell", lambda: {"body": "x"})

    app = Flask("shop")
    app.config.from_mapping(TESTING=True, NOVU_STORE_URL=f"sqlite:///{tmp_path}/novu.db")
    Novu().init_app(app, workflows=registry, worker="celery")
    yield app
    app.extensions["novu"].close()


@pytest.mark.parametrize("as_json", [False, True])
def test_flask_novu_worker_hands_over_and_runs_nothing(app, monkeypatch, as_json):
    novu = app.extensions["novu"]
    run = novu.trigger("hello", "ada", wait=False)
    rounds = loop.Loop._look

    def look(self):
        if self.finished:
            self.request_stop()
        return rounds(self)

    monkeypatch.setattr(loop.Loop, "_look", look)
    store = novu.engine.parts.store
    result = app.test_cli_runner().invoke(args=["novu", "worker", *["--json"] * as_json])
    assert result.exit_code == 0, result.output
    assert "Handing over the due runs of 1 workflows to Celery. Ctrl-C stops." in result.stderr
    assert "Stopped after 1 runs." in result.stderr
    assert (store.execution(run.execution_id).owner, store.execution(run.execution_id).status) == (QUEUE, "pending")
    if as_json:
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert lines[0] == {"finished": 1, "active": 0, "due": 0, "oldest_due": None, "handed_over": 1}


def test_the_status_tells_what_waits(app):
    app.extensions["novu"].trigger("hello", "ada", wait=False)
    status = app.test_client().get("/api/novu/status").get_json()
    assert (status["worker"], status["due"], status["handed_over"]) == ("celery", 1, 0)
    assert status["oldest_due"]


@pytest.mark.parametrize(("said", "found"), [("celery", True), ("none", False), (None, False)])
def test_a_django_project_says_so_in_its_settings_or_the_environment(monkeypatch, said, found):
    from types import SimpleNamespace

    configuration = pytest.importorskip("novu_core.integrations.django.configuration")
    monkeypatch.setattr(configuration, "settings", SimpleNamespace(**({"NOVU_WORKER": said} if said else {})))
    assert configuration.wants_celery() is found
    monkeypatch.setattr(configuration, "settings", SimpleNamespace())
    monkeypatch.setenv("NOVU_WORKER", said or "")
    assert configuration.wants_celery() is found
