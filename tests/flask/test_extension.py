"""One extension serves many apps, each with a client of its own."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_novu import Novu, current_novu, serve, signals
from novu_core import Client, Registry, default_registry
from novu_core.settings import Settings
from novu_core.testing import NovuEnvironment
from tests.flask.conftest import execute


@pytest.mark.mission("F-E3")
@pytest.mark.mission("F-E2")
def test_two_apps_in_one_process_stay_apart(make_app):
    one, two = make_app("one"), make_app("two")
    assert execute(one).json["step_results"]["inbox"]["body"] == "hello from one"
    assert execute(two).json["step_results"]["inbox"]["body"] == "hello from two"
    assert len(one.extensions["novu"].executions.list()) == 1


def test_two_apps_on_one_store_claim_only_their_own_workflows(tmp_path, registry):
    other = Registry()

    @other.workflow("other")
    def other_workflow(step):
        step.in_app("inbox", {"body": "b"})

    url = f"sqlite:///{tmp_path}/novu.db"
    with (
        Client(Settings(store_url=url, worker="none"), registry) as mine,
        Client(Settings(store_url=url, worker="none"), other) as theirs,
    ):
        waiting = theirs.trigger("other", to="ada", wait=False)
        assert mine.worker.run_due() == 0
        assert theirs.worker.run_due() == 1
        assert mine.executions.get(waiting.execution_id).status == "completed"


def test_a_prefix_of_ones_own_and_serve(registry):
    app = Flask("prefix")
    app.testing = True
    client = serve(app, route="/notifications/", workflows=registry, worker="none")
    assert execute(app, prefix="/notifications").status_code == 200
    assert client is app.extensions["novu"]
    client.close()


def test_a_second_init_app_and_a_missing_one_tell_the_fix(make_app):
    app = make_app()
    with pytest.raises(RuntimeError, match="once"):
        Novu(app)
    bare = Flask("bare")
    with bare.app_context(), pytest.raises(RuntimeError, match="init_app"):
        current_novu.trigger("hello", to="ada")


@pytest.mark.mission("F-FR-005")
@pytest.mark.mission("D0-3")
def test_the_extensions_own_workflows_and_the_mapping(registry):
    novu, app = Novu(), Flask("decorated")
    app.testing = True

    @novu.workflow("mine")
    def mine(step):
        step.in_app("inbox", {"body": "b"})

    novu.init_app(app, workflows=registry, worker="none")
    found = app.extensions["novu"].workflows
    assert list(found) == ["hello", "mine"]
    assert found["mine"] is mine
    assert "mine" not in default_registry
    with app.app_context():
        assert mine.trigger(to="ada").status == "completed"
        assert current_novu.inbox("ada").count() == 1
    app.extensions["novu"].close()


def test_signals_are_sent_with_the_app_as_sender(make_app):
    app, seen = make_app(), []

    def receive(sender, **extra):
        seen.append((sender.name, extra["execution_id"]))

    with signals.execution_completed.connected_to(receive, sender=app):
        body = execute(app).json
    execute(app)
    assert seen == [("app", body["execution_id"])]


def test_the_environment_takes_over_an_app_and_gives_it_back(make_app):
    app = make_app()
    mine = app.extensions["novu"]
    with NovuEnvironment(app=app) as env:
        assert execute(app).json["step_results"]["inbox"]["body"] == "hello from app"
        assert len(env.outbox.in_app) == 1
    assert app.extensions["novu"] is mine
    assert len(mine.executions.list()) == 0
