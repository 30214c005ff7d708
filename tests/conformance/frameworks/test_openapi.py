"""The OpenAPI document tells the truth: schemathesis sends what it describes, and what it forbids."""

from __future__ import annotations

import contextlib

import jsonschema
import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from novu_core.http.rest.openapi import document
from novu_core.http.rest.readiness import Readiness
from novu_core.http.rest.routes import ROUTES
from tests.conformance.frameworks.conftest import KEY, MAKERS, installed

schemathesis = pytest.importorskip("schemathesis")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
EXAMPLES = 12
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def hello(registry):
    @registry.workflow("hello")
    def hello(payload, step):
        step.in_app("inbox", lambda controls: {"body": controls.get("text", "b")},
                    control_schema={"type": "object", "properties": {"text": {"type": "string"}}})  # fmt: skip

    return registry


def test_the_document_needs_no_key_and_names_every_route(make_api, hello):
    api = make_api(hello, debug=False)
    answer = api.get("/openapi.json")
    assert answer.status == 200
    assert answer.json == document(ROUTES)
    assert set(answer.json["paths"]) == {route.path for route in ROUTES}
    assert "security" not in answer.json["paths"]["/health"]["get"]
    assert answer.json["paths"]["/executions"]["get"]["security"] == [{"ApiKey": []}]


def test_it_is_the_same_on_all(hello):
    bodies = set()
    for name in installed():
        api = MAKERS[name](hello, {"store_url": "sqlite://", "worker": "none"})
        bodies.add(api.get("/openapi.json").body)
        api.novu.close()
    assert len(bodies) == 1


def fuzzed_schema(framework, workflows):
    settings = {"store_url": "sqlite://", "worker": "none", "secret_key": KEY}
    if framework.startswith("django"):
        from tests.conformance.django_project import Project

        project = Project(workflows, **settings)
        if framework == "django":
            app, load = project.wsgi, schemathesis.openapi.from_wsgi
        else:
            app, load = project.asgi, schemathesis.openapi.from_asgi
    elif framework == "flask":
        from flask_novu import serve

        app, load = Flask("fuzzed"), schemathesis.openapi.from_wsgi
        serve(app, workflows=workflows, **settings)
    else:
        from fastapi import FastAPI

        from novu_core.integrations.fastapi import serve

        app, load = FastAPI(), schemathesis.openapi.from_asgi
        serve(app, workflows=workflows, **settings)
    schema = load("/api/novu/openapi.json", app)
    schema.config.update(base_url="http://localhost/api/novu")
    return schema


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
def test_schemathesis_finds_nothing(framework, hello, mode, monkeypatch):
    ready = {"store": True, "worker": True}  # a worker lives, as in production: any other 5xx is a fault
    monkeypatch.setattr(Readiness, "_look", lambda self: ready)
    schema = fuzzed_schema(framework, hello)
    checks = [schemathesis.checks.CHECKS.get_one(name) for name in CHECKS]
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        cases = operation.as_strategy(generation_mode=schemathesis.GenerationMode[mode])

        @FUZZ
        @given(cases, st.booleans())
        def send(case, known):
            nonlocal tried
            for name, value in (("workflow_id", "hello"), ("step_id", "inbox")):
                if known and case.path_parameters and name in case.path_parameters:
                    case.path_parameters[name] = value
            tried += 1
            case.call_and_validate(headers={"Authorization": f"ApiKey {KEY}"}, checks=checks)

        with contextlib.suppress(Unsatisfiable):  # an operation without input has nothing that could be wrong
            send()
    assert tried > EXAMPLES


NUL, SURROGATE, HUGE = "\\u0000", "\\ud800", "1" + "0" * 400


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("GET", "/executions/%00", None),
        ("GET", "/workflows/%00", None),
        ("GET", "/executions?cursor=%00", None),
        ("GET", "/executions?cursor=%F0%9F", None),
        ("GET", "/executions?subscriber_id=%00", None),
        ("GET", "/executions?workflow_id=%ED%A0%80&status=completed", None),
        ("GET", "/executions?limit=99999999999999999999", None),
        ("GET", "/executions?limit=%C2%B2", None),
        ("DELETE", "/triggers/%00", None),
        ("DELETE", "/triggers/%ff", None),
        ("POST", "/executions/%00/cancel", None),
        ("POST", "/workflows/hello/execute", f'{{"to": "{NUL}"}}'),
        ("POST", "/workflows/hello/execute", f'{{"to": "{SURROGATE}"}}'),
        ("POST", "/workflows/hello/execute", f'{{"to": "u", "payload": {{"a": "{SURROGATE}"}}}}'),
        ("POST", "/workflows/hello/execute", f'{{"to": "u", "payload": {{"{SURROGATE}": 1}}}}'),
        ("POST", "/workflows/hello/execute", f'{{"to": "u", "transaction_id": "{SURROGATE}"}}'),
        ("POST", "/workflows/hello/execute", f'{{"to": "u", "transaction_id": "{NUL}"}}'),
        ("POST", "/workflows/hello/execute", f'{{"to": "u", "payload": {{"a": {HUGE}}}}}'),
        ("POST", "/workflows/hello/execute", f'{{"to": "u", "payload": {{"a": {"1" * 5000}}}}}'),
        ("POST", "/workflows/hello/execute", '{"to": "u", "payload": {"a": 1e400}}'),
        ("POST", "/workflows/hello/execute", '{"to": {"subscriberId": {"a": 1}}}'),
        ("POST", "/workflows/hello/execute", '{"to": [[[]]]}'),
        ("POST", "/workflows/hello/execute", '{"to": {"type": "Topic", "topicKey": 5}}'),
        ("POST", "/workflows/hello/execute", '{"to": "u", "actor": [1], "context": {"a": [null]}}'),
        ("PUT", "/workflows/hello/steps/inbox/controls", f'{{"text": "{SURROGATE}"}}'),
        ("PUT", "/workflows/hello/steps/inbox/controls", f'{{"text": "{NUL}"}}'),
        ("PUT", "/workflows/hello/controls", '{"text": 1}'),
    ],
)
def test_odd_input_is_the_callers_fault(make_api, hello, method, path, data):
    api = make_api(hello, debug=False, secret_key=KEY)
    answer = api.request(method, path, data=data and data.encode(), headers={"authorization": f"ApiKey {KEY}"})
    assert answer.status < 500, answer.body
    statement = document(ROUTES)["paths"]
    [described] = [
        item[method.lower()] for template, item in statement.items() if fits(template, path.split("?")[0], item, method)
    ]
    response = described["responses"][str(answer.status)]["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json, {**response, "components": document(ROUTES)["components"]})


def fits(template, path, item, method):
    left, right = template.split("/"), path.split("/")
    same = all(a == b or a.startswith("{") for a, b in zip(left, right, strict=False))
    return len(left) == len(right) and same and method.lower() in item
