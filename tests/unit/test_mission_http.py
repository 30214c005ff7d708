"""Rows of the requirements about living inside a user's app: routes, hooks, contexts, memory."""

from __future__ import annotations

import ast
import gc
import inspect
import tracemalloc
from pathlib import Path

import flask
import pytest
from flask import Blueprint, Flask, current_app, jsonify

import flask_novu
import novu_core
from flask_novu import serve
from novu_core import Client, Workflow
from novu_core.errors import ConfigurationError

ROOT = Path(__file__).parents[2]


def hello(payload, step):
    step.in_app("hello", {"body": f"Hello {payload.get('name', '')}"})


async def hello_async(payload, step):
    await step.in_app("hello", {"body": "Hello"})


def make(**settings) -> Flask:
    app = Flask("app")
    app.testing = True
    serve(app, workflows=[Workflow("hello", hello), Workflow("hello-async", hello_async)], worker="none", **settings)
    return app


def execute(app, workflow_id="hello", **body):
    return app.test_client().post(f"/api/novu/workflows/{workflow_id}/execute", json={"to": "ada", **body})


@pytest.mark.mission("P-US3.1")
@pytest.mark.mission("F-US1.1")
def test_the_routes_are_there_at_start():
    app = make()
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert any(rule.startswith("/api/novu") for rule in rules)
    assert app.test_client().get("/api/novu").status_code == 200

    fastapi = pytest.importorskip("fastapi")
    testclient = pytest.importorskip("fastapi.testclient")
    from novu_core.integrations.fastapi import serve as serve_fastapi

    other = fastapi.FastAPI(debug=True)
    serve_fastapi(other, workflows=[Workflow("hello", hello)], store_url="sqlite://", worker="none")
    assert testclient.TestClient(other).get("/api/novu").status_code == 200


@pytest.mark.mission("F-FR-001")
def test_both_integrations_offer_the_same():
    fastapi = pytest.importorskip("novu_core.integrations.fastapi")
    assert callable(fastapi.serve)
    assert callable(fastapi.NovuRouter)
    assert callable(flask_novu.serve)
    assert callable(flask_novu.Novu)


@pytest.mark.mission("F-FR-005")
def test_a_workflow_that_runs_in_a_script_runs_unchanged_in_flask():
    defined = Workflow("hello", hello)
    with Client({"NOVU_WORKER": "none"}, workflows=[defined]) as client:
        plain = client.trigger(defined, to="ada", payload={"name": "Ada"})
    app = Flask("app")
    app.testing = True
    serve(app, workflows=[defined], worker="none")
    served = execute(app, payload={"name": "Ada"}).get_json()
    assert served["step_results"]["hello"]["body"] == plain.step_results["hello"]["body"] == "Hello Ada"


@pytest.mark.mission("F-FR-006")
@pytest.mark.parametrize(
    ("workflow_id", "body", "status"),
    [("hello", {}, 200), ("nope", {}, 404), ("hello", {"to": ""}, 400), ("hello", {"to": "ada", "payload": 7}, 400)],
)
def test_status_codes_fit_what_happened(workflow_id, body, status):
    answer = execute(make(), workflow_id, **body)
    assert answer.status_code == status
    if status != 200:
        assert answer.get_json().keys() >= {"detail", "status_code", "error_type", "error_id"}


@pytest.mark.mission("L-4")
def test_the_blueprint_serves_async_workflows_too():
    app = make()
    assert isinstance(app.blueprints["novu"], Blueprint)
    assert execute(app, "hello-async").get_json()["status"] == "completed"


@pytest.mark.mission("F-E1")
def test_the_rest_of_the_app_stays_as_it_was():
    app = Flask("app")
    app.testing = True
    seen = []

    @app.before_request
    def before():
        seen.append(flask.request.path)

    @app.errorhandler(404)
    def missing(error):
        return "mine", 404

    @app.errorhandler(500)
    def broken(error):
        return "mine too", 500

    @app.get("/")
    def home():
        return jsonify(home=True)

    serve(app, workflows=[Workflow("hello", hello)], worker="none")
    client = app.test_client()
    answers = [(answer.status_code, answer.data) for answer in map(client.get, ("/", "/none", "/api"))]
    assert answers == [(200, b'{"home":true}\n'), (404, b"mine"), (404, b"mine")]
    unknown = app.test_client().post("/api/novu/workflows/nope/execute", json={"to": "ada"})
    assert unknown.status_code == 404
    assert unknown.get_json()["error_type"] == "WorkflowNotFoundError"
    assert "/" in seen


@pytest.mark.mission("F-E3")
def test_without_a_context_the_app_is_pushed_for_the_workflow():
    names = []

    def body(step):
        names.append(current_app.name)
        step.in_app("a", {"body": "a"})

    defined = Workflow("w", body)
    app = Flask("mine")
    app.testing = True
    client = serve(app, workflows=[defined], worker="none")
    assert not flask.has_app_context()
    assert client.trigger(defined, to="ada").status == "completed"
    assert defined.trigger(to="bo").status == "completed"
    assert set(names) == {"mine"}


@pytest.mark.mission("F-E3")
def test_without_a_context_and_two_apps_the_error_names_the_fix():
    defined = Workflow("w", hello)
    apps = []
    for name in ("one", "two"):
        apps.append(Flask(name))
        apps[-1].testing = True
        serve(apps[-1], workflows=[defined], worker="none")
        apps[-1].extensions["novu"].workflows.status("w")
    with pytest.raises(ConfigurationError, match="with client"):
        defined.trigger(to="ada")
    with apps[0].app_context():
        assert defined.trigger(to="ada").status == "completed"


@pytest.mark.mission("D0-5")
def test_what_one_process_wrote_another_reads(tmp_path):
    url = f"sqlite:///{tmp_path}/novu.db"
    written = execute(make(store_url=url)).get_json()["execution_id"]
    read = make(store_url=url).test_client().get(f"/api/novu/executions/{written}")
    assert read.get_json()["status"] == "completed"


@pytest.mark.mission("D0-6")
def test_no_session_and_no_request_reach_the_core():
    for path in Path(novu_core.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.split(".")[0] == "flask" for name in names), path
    assert "session" not in inspect.getsource(flask_novu.extension)


@pytest.mark.mission("D0-8")
def test_many_requests_leave_no_memory():
    client = make().test_client()
    for _ in range(200):
        client.get("/api/novu/health")
    gc.collect()
    tracemalloc.start()
    for _ in range(2000):
        client.get("/api/novu/health")
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 200_000


@pytest.mark.mission("D0-11")
@pytest.mark.mission("L-5")
def test_the_suites_and_their_data_are_there():
    for folder in ("unit", "properties", "typing", "docs", "conformance/bridge/data", "conformance/frameworks"):
        assert any((ROOT / "tests" / folder).iterdir()), folder
