"""What people who write no code may store, and what a trigger lays over it."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field

from novu_core import errors
from tests.engine.conftest import ADA


class Button(BaseModel):
    label: str = "Open"
    links: list[Button] = Field(default_factory=list)


class Controls(BaseModel):
    subject: str
    color: str = "red"
    button: Button | None = None
    data: dict[str, Button] = Field(default_factory=dict)
    anything: dict = Field(default_factory=dict)


SCHEMA = {
    "type": "object",
    "properties": {
        "subject": {"type": "string"},
        "button": {"allOf": [{"$ref": "#/definitions/button"}]},
    },
    "required": ["subject"],
    "definitions": {
        "button": {
            "type": "object",
            "properties": {"label": {"type": "string"}, "links": {"type": "array", "items": {"$ref": "#/definitions/button"}}},
        }
    },
}  # fmt: skip


@pytest.fixture(params=[Controls, SCHEMA], ids=["model", "json-schema"])
def workflow(request, registry):
    @registry.workflow("w")
    def w(step):
        step.email("mail", lambda c: {"subject": dict(c)["subject"], "body": "b"}, control_schema=request.param)

    return w


def test_a_trigger_may_give_a_part_over_what_is_stored(env, registry):
    @registry.workflow("w")
    def w(step):
        step.email("mail", lambda c: {"subject": f"{c.subject} {c.color}", "body": "b"}, control_schema=Controls)

    with pytest.raises(errors.ControlsInvalidError, match="invalid"):
        env.trigger(w, ADA, controls={"steps": {"mail": {"color": "blue"}}})
    env.client.controls.set("w", {"subject": "S"}, "mail")
    env.trigger(w, ADA, controls={"steps": {"mail": {"color": "blue"}}})
    assert env.outbox.email[0].content["subject"] == "S blue"


@pytest.mark.mission("P-FR-007")
@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"subject": "S", "colour": "red"}, "/colour"),
        ({"subject": "S", "button": {"label": "L", "evil": 1}}, "/button/evil"),
        ({"subject": "S", "button": {"links": [{}, {"links": [{"evil": 1}]}]}}, "/button/links/1/links/0/evil"),
    ],
)
def test_fields_that_the_schema_does_not_name_are_refused_at_any_depth(env, workflow, values, path):
    with pytest.raises(errors.ControlsInvalidError) as caught:
        env.client.controls.set("w", values, "mail")
    assert [fault.path for fault in caught.value.errors] == [path]
    assert env.client.controls.get("w", "mail") == {}


def test_maps_and_open_objects_hold_any_name(env, registry):
    @registry.workflow("w")
    def w(step):
        step.email("mail", lambda c: {"subject": c.subject, "body": "b"}, control_schema=Controls)

    values = {"subject": "S", "data": {"first": {"label": "L"}}, "anything": {"deep": {"er": 1}}}
    assert env.client.controls.set("w", values, "mail") == values


@pytest.mark.parametrize("broken", ["{{ bad", "{% if x %}no end", "{% nothing %}"])
def test_a_template_that_can_not_be_parsed_is_not_stored(env, workflow, broken):
    with pytest.raises(errors.ControlsInvalidError) as caught:
        env.client.controls.set("w", {"subject": broken}, "mail")
    [fault] = caught.value.errors
    assert "Error" in fault.message
    with pytest.raises(errors.ControlsInvalidError):
        env.trigger(workflow, ADA, controls={"steps": {"mail": {"subject": broken}}})
    assert env.client.executions.list().items == []


def test_a_template_is_stored_as_it_is_and_rendered_in_the_run(env, workflow):
    env.client.controls.set("w", {"subject": 'Hi {{ subscriber.firstName | upcase }} {"a": [1'}, "mail")
    env.trigger(workflow, {**ADA, "firstName": "Ada"})
    assert env.outbox.email[0].content["subject"].startswith("Hi ADA")


def test_fields_of_a_model_are_found_by_either_name_and_open_schemas_stay_open(env, registry):
    class Named(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        bg_color: str = Field("red", alias="bgColor")

    class Outer(BaseModel):
        button: Named = Named()

    headers = {"properties": {"From": {}}, "patternProperties": {"^X-": {"type": "string"}}}
    action = {"properties": {"kind": {}}, "if": {"required": ["kind"]}, "then": {"properties": {"url": {}}}}
    schema = {"type": "object", "properties": {"headers": headers, "action": action}}

    @registry.workflow("w")
    def w(step):
        step.email("model", {"subject": "s", "body": "b"}, control_schema=Outer)
        step.email("schema", {"subject": "s", "body": "b"}, control_schema=schema)

    for step_id, values in (
        ("model", {"button": {"bg_color": "blue"}}),
        ("schema", {"headers": {"X-Id": "1"}, "action": {"kind": "link", "url": "http://x"}}),
    ):
        assert env.client.controls.set("w", values, step_id) == values


def test_controls_trigger_over_stored_over_default(env, registry):
    class Controls(BaseModel):
        text: str = "default"

    @registry.workflow("w")
    def w(step):
        step.in_app("a", lambda controls: {"body": controls.text}, control_schema=Controls)

    def body(**options):
        return env.trigger(w, to="ada", **options).step_results["a"]["body"]

    assert body() == "default"
    env.client.controls.set("w", {"text": "stored {{ workflow.workflowId }}"}, step_id="a")
    assert body() == "stored w"
    assert body(controls={"steps": {"a": {"text": "given"}}}) == "given"


def test_controls_must_be_an_object_even_for_a_step(env, one):
    with pytest.raises(errors.ControlsInvalidError, match="controls must be an object"):
        env.trigger(one, "ada", controls={"steps": {"bell": 5}})


def test_the_workflows_own_controls_reach_the_function_as_their_model(env, registry):
    class Own(BaseModel):
        text: str = "default"

    @registry.workflow("own", control_schema=Own)
    def own(controls, step):
        step.in_app("bell", lambda: {"body": controls.text})

    assert env.trigger(own, "ada").step_results["bell"]["body"] == "default"
    assert env.trigger(own, "ada", controls={"text": "sent"}).step_results["bell"]["body"] == "sent"


def test_the_steps_of_controls_must_be_an_object(env, one):
    with pytest.raises(errors.ControlsInvalidError) as told:
        env.trigger(one, ADA, controls={"steps": 5})
    assert told.value.errors[0].path == "/controls/steps"


def test_a_step_without_a_control_schema_takes_none_and_an_unknown_one_is_named(env, one):
    with pytest.raises(errors.ControlsInvalidError) as caught:
        env.client.controls.set("one", {"x": 1, "y": 2}, "bell")
    assert [tuple(fault) for fault in caught.value.errors] == [
        ("/x", "unknown field; there is no control schema"), ("/y", "unknown field; there is no control schema"),
    ]  # fmt: skip
    assert env.client.controls.set("one", {}, "bell") == {}
    for refused in (
        lambda: env.client.controls.set("one", {}, "horn"),
        lambda: env.trigger(one, "ada", controls={"steps": {"horn": {}}}),
    ):
        with pytest.raises(errors.StepNotFoundError, match="horn"):
            refused()
