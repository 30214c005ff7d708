"""The deliberate differences, and facts of the recorded extras, through the public bridge."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from contextlib import suppress

import pytest
from flask import Flask

from flask_novu import Novu
from novu_core import CronExpression, Registry
from novu_core.settings import Settings, environment
from tests.conformance.bridge import runner

EXTRAS = runner.load("extras")
ANY = {"type": "object", "properties": {}, "additionalProperties": True}


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def send(registry):
    app = Flask("bridge")
    app.testing = True
    apps = []

    def send(step="s", workflow="w", action="execute", method="POST", **body):
        if not apps:
            Novu().init_app(app, workflows=registry, worker="none", store_url="sqlite://")
            apps.append(app)
        body = {"payload": {}, "controls": {}, "state": [], "subscriber": {}, **body}
        path = f"/api/novu?action={action}&workflowId={workflow}&stepId={step}"
        return app.test_client().open(path, method=method, json=body)

    yield send
    for made in apps:
        made.extensions["novu"].close()


def test_an_untyped_payload_is_told_once(registry, send, caplog):
    @registry.workflow("w")
    def w(payload, step):
        step.sms("s", lambda: {"body": f"{len(payload)} fields"})

    @registry.workflow("typed", payload_schema={"type": "object"})
    def typed(payload, step):
        step.sms("s", {"body": "b"})

    def told():
        return [record.getMessage() for record in caplog.records if "no payload schema" in record.getMessage()]

    answers = [send(payload={"name": "Ada"}) for _ in range(2)]
    assert [answer.json["outputs"] for answer in answers] == [{"body": "0 fields"}] * 2  # as the peer strips it
    assert send(workflow="typed").status_code == 200
    [line] = told()
    assert line.startswith("Workflow w has no payload schema")
    caplog.clear()

    @registry.workflow("other")
    def other(payload, step):
        step.sms("s", {"body": "b"})

    for _ in range(2):
        assert send(action="discover", method="GET").status_code == 200
    [line] = told()
    assert line.startswith("Workflow other ")


def echo(registry, kind="sms"):
    @registry.workflow("w")
    def w(step):
        getattr(step, kind)("s", lambda controls: controls["out"], control_schema=ANY)


@pytest.mark.parametrize("tag", ["{% render 'secret' %}", "{% include 'secret' %}", "{% layout 'secret' %}"])
def test_templates_read_no_file(registry, send, tmp_path, monkeypatch, tag):
    (tmp_path / "secret").write_text("the secret", "utf-8")
    (tmp_path / "secret.liquid").write_text("the secret", "utf-8")
    monkeypatch.chdir(tmp_path)
    echo(registry)
    answer = send(controls={"out": {"body": tag}})
    assert b"the secret" not in answer.data
    assert answer.status_code == 400


def test_no_trace_and_no_path_in_an_error(registry, send):
    @registry.workflow("w")
    def w(step):
        step.sms("s", lambda: 1 / 0)

    answer = send()
    assert answer.status_code == 502
    assert answer.json["data"] == {"stack": "ZeroDivisionError: division by zero"}


def test_nothing_of_the_function_runs_after_the_target(registry, send):
    seen = []

    @registry.workflow("w")
    def w(step):
        step.sms("s", {"body": "b"})
        seen.append("after")

    send()
    seen.clear()
    assert send().status_code == 200
    assert seen == []


def test_an_error_that_the_function_caught_does_not_answer(registry, send):
    @registry.workflow("w")
    def w(step):
        with suppress(Exception):
            step.sms("s", lambda: 1 / 0)
        step.sms("hidden", {"body": "b"})

    registry["w"].discover().pop("hidden")
    assert send().json == EXTRAS["caughtStepError"]["body"] | {
        "message": "Step with id: `hidden` does not exist. Please provide a valid id."
    }


def test_one_broken_workflow_does_not_take_the_endpoint_down(registry, send, caplog):
    echo(registry)

    @registry.workflow("broken")
    def broken(step):
        raise RuntimeError("at discovery")

    with caplog.at_level(logging.ERROR):
        assert send(controls={"out": {"body": "b"}}).status_code == 200
        assert send(workflow="broken").json["code"] == "WorkflowNotFoundError"
    assert "broken" in caplog.text


@pytest.mark.parametrize("data", [[None, ["<b onclick=x>"]], {"n": None, "l": [[None]]}])
def test_null_and_nested_lists_do_not_crash_the_sanitizer(registry, send, data):
    echo(registry, "in_app")
    answer = send(controls={"out": {"body": "b", "data": {"d": data}}})
    assert answer.status_code == 200
    assert "onclick" not in json.dumps(answer.json)


@pytest.mark.parametrize("text", ['{{ "a" | upcase }}', "{%- liquid\n assign x = 'A'\n echo x -%}", "{{ payload.v }}"])
def test_double_quotes_lines_and_control_characters_work(registry, send, text):
    @registry.workflow("w", payload_schema=ANY)
    def w(step):
        step.sms("s", lambda controls: controls["out"], control_schema=ANY)

    answer = send(controls={"out": {"body": text}}, payload={"v": "A\x01"})
    assert answer.status_code == 200
    assert answer.json["outputs"]["body"].rstrip("\x01") == "A"


@pytest.mark.parametrize("value", ["1", "true", "yes", "on", "TRUE"])
@pytest.mark.parametrize("name", ["NOVU_STRICT_AUTHENTICATION", "NOVU_STRICT_AUTHENTICATION_ENABLED"])
def test_every_common_word_turns_strict_authentication_on(name, value):
    assert Settings.load(environment({name: value}), debug=True).strict


def test_strict_is_the_default_outside_debug_and_testing():
    assert Settings.load({}).strict
    assert not Settings.load({}, debug=True).strict
    assert not Settings.load({}, testing=True).strict
    assert not Settings.load(environment({"NOVU_STRICT_AUTHENTICATION": "false"})).strict


def test_the_environment_matrix_holds_where_it_concerns_us():
    for row in EXTRAS["env"]:
        value = row["NOVU_STRICT_AUTHENTICATION_ENABLED"]
        if value in ("true", "false"):
            found = environment({"NOVU_STRICT_AUTHENTICATION_ENABLED": value})
            assert Settings.load(found).strict is row["strict"]
    assert environment({"NOVU_API_KEY": "a"})["NOVU_SECRET_KEY"] == EXTRAS["keyFromApiKey"][:1]
    assert environment({"NOVU_SECRET_KEY": "sec", "NOVU_API_KEY": "a"})["NOVU_SECRET_KEY"] == EXTRAS["keyBoth"]
    assert Settings().api_url == EXTRAS["apiUrlDefault"]


def test_the_cron_constants_are_the_peers():
    assert {member.name: member.value for member in CronExpression} == EXTRAS["cron"]


def test_the_signature_vectors_hold():
    from novu_core.bridge.signature import sign

    for vector in EXTRAS["hmacVectors"]:
        if vector["secret"]:
            assert sign(vector["secret"], vector["t"], vector["body"]).endswith(vector["v1"])


BOMBS = {
    "loop": "{% for i in (1..2000000) %}x{% endfor %}",
    "nested": "{% for i in (1..900) %}{% for j in (1..900) %}{% for k in (1..900) %}x{% endfor %}{% endfor %}{% endfor %}",
    "append": "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 40 + "{{ a }}",
    "deep": "{% if true %}" * 5000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_liquid_bomb_is_a_clear_error_in_time(registry, send, name):
    echo(registry)
    started = time.monotonic()
    answer = send(controls={"out": {"body": BOMBS[name]}})
    assert answer.status_code == 400
    assert answer.json["code"] == "StepControlCompilationFailedError"
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "raw",
    [b'{"payload": {"a": "' + b"x" * 900_000 + b'"}}', b'{"payload": ' + b"[" * 60_000 + b"]" * 60_000 + b"}",
     b'{"payload": "\xff\xfe"}', b"\x00" * 1000, b'{"payload": {"l": ' + json.dumps(list(range(10_000))).encode() + b"}}",
     b'{"payload": 1' + b"0" * 5000 + b"}"],
)  # fmt: skip
def test_hostile_bodies_get_json_answers(registry, send, raw):
    echo(registry)
    send()
    app = Flask("raw")
    app.testing = True
    Novu().init_app(app, workflows=registry, worker="none", store_url="sqlite://")
    answer = app.test_client().post(
        "/api/novu?action=execute&workflowId=w&stepId=s", data=raw, content_type="application/json"
    )
    assert answer.content_type == "application/json"
    assert answer.json["code"]
    assert answer.status_code < 501
    app.extensions["novu"].close()


def test_html_with_thousands_of_attributes_is_cleaned(registry, send):
    echo(registry, "email")
    html = "<p " + " ".join(f'onclick{i}="x" class{i}="y"' for i in range(5000)) + ">text</p>"
    answer = send(controls={"out": {"subject": "s", "body": html}})
    assert answer.status_code == 200
    assert "onclick" not in answer.json["outputs"]["body"]


def test_signed_requests_over_several_keys(registry):
    echo(registry)
    app = Flask("signed")
    app.config["NOVU_SECRET_KEY"] = ["new", "old"]
    Novu().init_app(app, workflows=registry, worker="none", store_url="sqlite://")
    body = '{"payload":{},"controls":{"out":{"body":"b"}},"state":[],"subscriber":{}}'
    moment = int(time.time() * 1000)

    def send(key):
        made = hmac.new(key.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
        return app.test_client().post(
            "/api/novu?action=execute&workflowId=w&stepId=s", data=body, content_type="application/json",
            headers={"novu-signature": f"t={moment},v1={made}"},
        ).status_code  # fmt: skip

    assert [send("new"), send("old"), send("other")] == [200, 200, 401]
    app.extensions["novu"].close()
