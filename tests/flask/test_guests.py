"""What an app around the extension does that must not change it: hooks, late workflows, other apps, test runners."""

from __future__ import annotations

import gc
import json

import pytest
from flask import Flask, request

from flask_novu import Novu, current_novu, signals
from flask_novu.cli import novu_cli
from novu_core import Registry, errors, workflow
from novu_core.testing import NovuEnvironment


def new_app(**settings):
    app = Flask("guest")
    app.testing = True
    registry = Registry()

    @registry.workflow("hello")
    def hello(payload, step):
        step.in_app("inbox", {"body": "hi"})

    @registry.workflow("broken")
    def broken(step):
        raise KeyError("zz")

    novu = Novu()
    novu.init_app(app, **{"workflows": registry, "worker": "none", "store_url": "sqlite://", **settings})
    return app, novu


@pytest.mark.mission("F-E1")
@pytest.mark.parametrize("read", [lambda: request.get_data(), lambda: request.get_json(silent=True)])
def test_a_hook_that_reads_the_body_takes_nothing_away(read):
    app, _ = new_app()
    app.before_request(lambda: read() and None)
    client = app.test_client()
    answer = client.post("/api/novu/workflows/hello/execute", json={"to": "ada"})
    assert answer.status_code == 200
    answer = client.post(
        "/api/novu/workflows/hello/execute", data=b"{" + b" " * 2_000_000, content_type="application/json"
    )
    assert answer.status_code == 413


@pytest.mark.mission("P-US1.1")
def test_workflows_that_are_registered_after_the_first_request_are_served():
    app, novu = new_app()
    client = app.test_client()
    execute = "/api/novu/workflows/late/execute"
    assert client.post(execute, json={"to": "ada"}).status_code == 404

    @novu.workflow("late")
    def late(step):
        step.in_app("inbox", {"body": "late"})

    assert client.post(execute, json={"to": "ada"}).status_code == 200
    with app.app_context():
        assert late.trigger(to="ada").status == "completed"
        assert current_novu.executions.list().items[0].workflow_id == "late"

    with pytest.raises(errors.WorkflowAlreadyExistsError):

        @novu.workflow("hello")
        def hello(step): ...


def test_the_default_registry_goes_on_being_served_beside_the_extensions_own():
    app, novu = new_app(workflows=None)

    @novu.workflow("own")
    def own(step):
        step.in_app("inbox", {"body": "own"})

    assert app.test_client().get("/api/novu/workflows/own").status_code == 200

    @workflow("registered-later-for-everyone")
    def later(step):
        step.in_app("inbox", {"body": "later"})

    assert app.test_client().get("/api/novu/workflows/registered-later-for-everyone").status_code == 200


def test_an_app_that_nobody_holds_any_more_does_not_make_a_trigger_ambiguous():
    registry = Registry()

    @registry.workflow("shared")
    def shared(step):
        step.in_app("inbox", {"body": "b"})

    gc.disable()
    try:
        for _ in range(3):
            app, _ = new_app(workflows=registry)
            assert shared.trigger(to="ada").status == "completed"
            assert app.extensions["novu"].inbox("ada").count() == 1
    finally:
        gc.enable()


def test_the_apps_own_test_runner_knows_the_commands():
    app, _ = new_app()
    runner = app.test_cli_runner()
    result = runner.invoke(args=["novu", "trigger", "hello", "--to", "ada", "--json"])
    assert (result.exit_code, json.loads(result.output)["status"]) == (0, "completed")
    assert "executions" in runner.invoke(args=["novu", "--help"]).output
    assert runner.invoke(args=["novu", "none"]).exit_code == 2


def test_a_command_in_a_test_leaves_the_apps_worker_alone():
    app, _ = new_app()
    made = app.extensions["novu"]
    assert app.test_cli_runner().invoke(novu_cli, ["list"]).exit_code == 0
    assert made.wakes


@pytest.mark.parametrize(
    "arguments", [["show", "broken"], ["preview", "broken", "inbox"], ["controls", "get", "broken", "x"]]
)
def test_a_function_that_raises_at_discovery_is_told_in_one_line(arguments):
    app, _ = new_app()
    result = app.test_cli_runner().invoke(novu_cli, arguments)
    assert result.exit_code == 1
    assert result.output.startswith("Error: The function of workflow `broken` raised KeyError: 'zz'")


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_controls_of_a_step_that_does_not_exist_are_an_error(more):
    app, _ = new_app()
    result = app.test_cli_runner().invoke(novu_cli, ["controls", "get", "hello", "none", *more])
    assert result.exit_code == 1
    assert "none" in result.output


def test_signals_are_sent_from_an_environment_too(tmp_path):
    app, _ = new_app()
    seen = []

    def heard(sender, **extra):
        seen.append((sender, extra["workflow_id"]))

    signals.execution_completed.connect(heard, sender=app)
    url = f"sqlite:///{tmp_path}/novu.db"
    with NovuEnvironment(app=app, settings={"NOVU_STORE_URL": url}) as env:
        env.trigger("hello", to="ada")
        assert env.client.settings.store_url == url
    assert seen == [(app, "hello")]
    with pytest.raises(errors.ConfigurationError, match="no Novu extension"):
        NovuEnvironment(app=Flask("bare"))


def test_a_default_that_is_set_after_init_app_beats_the_environment(monkeypatch):
    app, _ = new_app(worker=None)
    app.config["NOVU_WORKER"] = "thread"
    monkeypatch.setenv("NOVU_WORKER", "none")
    assert app.extensions["novu"].settings.worker == "thread"


def test_an_instance_path_that_is_a_file_names_the_setting(tmp_path):
    (tmp_path / "file").write_text("")
    app = Flask("guest", instance_path=str(tmp_path / "file" / "instance"))
    Novu(app)
    with pytest.raises(errors.ConfigurationError, match="Set NOVU_STORE_URL"):
        app.extensions["novu"].executions.list()


@pytest.mark.parametrize("prefix", ["api/novu", "/", 5])
def test_a_prefix_that_is_none_is_told_at_once(prefix):
    with pytest.raises(errors.ConfigurationError, match="NOVU_URL_PREFIX"):
        new_app(url_prefix=prefix)
