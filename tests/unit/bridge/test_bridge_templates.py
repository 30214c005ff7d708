"""Templates over the bridge: Novu knows a body only, and reads that of an e-mail as HTML."""

from __future__ import annotations

import json

import jinja2
import pytest

from novu_core import Client, Registry
from novu_core.aio import Blocking, drive
from novu_core.bridge.bridge import Bridge

FILES = {
    "a.html": "<p onclick='x'>{{ payload.x }} {{ locale }}</p>",
    "a.txt": "{{ payload.x }}",
    "b.html": "<p>{{ payload.x }}</p>",
    "bad.txt": "\n{{ 1 / 0 }}",
}
SCHEMA = {"type": "object", "properties": {"x": {"type": "string"}}}


@pytest.fixture
def execute():
    registry = Registry()
    environment = jinja2.Environment(loader=jinja2.DictLoader(FILES))

    def execute(channel, template, output=None, **options):
        @registry.workflow("w", payload_schema=SCHEMA)
        def w(step, payload):
            getattr(step, channel)("it", output or {}, template=template, **options)

        settings = {"templates": environment, "store_url": "sqlite://", "worker": "none", "delivery": {}}
        with Client(settings, registry) as client:
            bridge = Bridge(
                registry,
                keys=(),
                strict=False,
                expose=False,
                server="test",
                version="0",
                clock=client.clock,
                max_body_bytes=100_000,
                templates=client.templates,
            )
            body = {"payload": {"x": "<i>"}, "state": [], "subscriber": {"locale": "de"}, "controls": {}}
            query = [("action", "execute"), ("workflowId", "w"), ("stepId", "it")]
            header = {"content-type": "application/json"}.get
            status, _, answer = drive(bridge.handle("POST", query, header, json.dumps(body).encode(), Blocking()))
        return status, json.loads(answer)

    return execute


@pytest.mark.parametrize(
    ("channel", "template", "output", "expected"),
    [
        ("email", "a.html", {"subject": "s"}, {"subject": "s", "body": "<p>&lt;i&gt; de</p>"}),
        ("email", "a.txt", {"subject": "s"}, {"subject": "s", "body": "&lt;i&gt;"}),
        ("in_app", "a.html", {}, {"body": "<i></i>"}),  # text, which the peer sanitizes as HTML all the same
        ("in_app", "b.html", {}, {"body": "<i></i>"}),
        ("chat", "a.txt", {}, {"body": "<i>"}),
    ],
)
def test_a_template_makes_the_body(execute, channel, template, output, expected):
    status, answer = execute(channel, template, output)
    assert (status, answer["outputs"]) == (200, expected)


def test_what_the_step_asks_for_is_not_sanitized(execute):
    _, answer = execute("email", "a.html", {"subject": "s"}, disable_output_sanitization=True)
    assert answer["outputs"]["body"] == "<p onclick='x'>&lt;i&gt; de</p>"


def test_a_template_that_raises_is_a_step_that_failed(execute):
    status, answer = execute("chat", "bad.txt")
    assert (status, answer["code"]) == (502, "StepExecutionFailedError")
    assert "Template `bad.txt`, line 2: ZeroDivisionError" in answer["message"]


def test_a_body_of_the_steps_own_is_refused_as_it_is_without_novu(execute):
    status, answer = execute("email", "a.html", {"subject": "s", "body": "b"})
    assert (status, answer["code"]) == (502, "StepExecutionFailedError")
    assert "the step returns `body`, too" in answer["message"]
