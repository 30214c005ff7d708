"""The app's own routes, hooks and error pages are unchanged."""

from __future__ import annotations

import flask
import pytest
from flask import Flask, jsonify

from flask_novu import Novu, serve
from novu_core import Workflow
from tests.flask.conftest import execute


@pytest.mark.mission("F-E1")
def test_the_apps_own_routes_hooks_and_error_pages_are_unchanged(registry):
    app = Flask("own")
    app.testing = True
    seen = []
    app.before_request(lambda: seen.append("before"))
    app.register_error_handler(404, lambda error: ("own 404", 404))
    app.register_error_handler(500, lambda error: ("own 500", 500))
    app.add_url_rule("/mine", view_func=lambda: jsonify(ok=True))
    app.config["MAX_CONTENT_LENGTH"] = 10
    Novu().init_app(app, workflows=registry, worker="none")
    client = app.test_client()

    assert client.get("/mine").json == {"ok": True}
    assert client.get("/nowhere").data == b"own 404"
    assert client.get("/api/novus").data == b"own 404"
    assert client.get("/api/novu/unknown").json["error_type"] == "PathNotFoundError"
    assert client.get("/api/novu/executions/none").json["error_type"] == "ExecutionNotFoundError"
    assert execute(app).status_code == 200
    assert "before" in seen
    app.extensions["novu"].close()


def hello(payload, step):
    step.in_app("hello", {"body": f"Hello {payload.get('name', '')}"})


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
