"""``serve`` mounts sync and async workflows, on one store for all processes."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask

from flask_novu import serve
from novu_core import Client, Workflow


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


@pytest.mark.mission("D0-5")
def test_what_one_process_wrote_another_reads(tmp_path):
    url = f"sqlite:///{tmp_path}/novu.db"
    written = execute(make(store_url=url)).get_json()["execution_id"]
    read = make(store_url=url).test_client().get(f"/api/novu/executions/{written}")
    assert read.get_json()["status"] == "completed"
