"""Both frameworks mount the routes by the same calls."""

from __future__ import annotations

import flask
import pytest

import flask_novu
from novu_core import Workflow


def hello(step):
    step.in_app("hello", {"body": "Hello"})


@pytest.mark.mission("P-US3.1")
@pytest.mark.mission("F-US1.1")
def test_the_routes_are_there_at_start():
    app = flask.Flask("app")
    app.testing = True
    flask_novu.serve(app, workflows=[Workflow("hello", hello)], worker="none")
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
