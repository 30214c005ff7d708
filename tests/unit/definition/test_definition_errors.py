"""Every error of a definition names what is wrong, where, and the fix."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from novu_core import Registry, Retry, Step, Workflow
from novu_core.definition.registry import collect
from novu_core.definition.step import StepCall
from novu_core.errors import (
    ConditionInvalidError,
    ConfigurationError,
    DefinitionError,
    PayloadInvalidError,
    ScheduleInvalidError,
    StepAlreadyExistsError,
    WorkflowAlreadyExistsError,
    WorkflowNotFoundError,
)
from novu_core.testing import NovuEnvironment

MAIL = {"subject": "s", "body": "b"}


def empty(step):
    step.email("mail", MAIL)


def refusal(error, make):
    with pytest.raises(error) as caught:
        make()
    assert type(caught.value) is error
    return str(caught.value)


def discovery(body, **options):
    return Workflow("w", body, **options).discover


@pytest.mark.mission("D3-W1")
@pytest.mark.mission("D0-3")
def test_a_second_workflow_with_the_same_id():
    registry = Registry([Workflow("w", empty)])
    text = refusal(WorkflowAlreadyExistsError, lambda: registry.add(Workflow("w", empty)))
    assert "`w`" in text
    assert WorkflowAlreadyExistsError.status_code == 409
    assert list(registry) == ["w"]


def test_the_same_workflow_may_be_registered_twice():
    workflow = Workflow("w", empty)
    registry = Registry([workflow])
    registry.add(workflow)
    assert list(registry.values()) == [workflow]


@pytest.mark.parametrize(
    ("schema", "part"),
    [
        (7, "7 is not a schema; pass a pydantic model, a dataclass, a TypedDict or a JSON Schema dict"),
        ("Comment", "is not a schema"),
        ({"type": "strong"}, "type"),
        ({"type": "object", "required": "name"}, "required"),
        ({"pattern": "("}, "("),
        (object, "object"),
    ],
)
@pytest.mark.mission("D3-W2")
@pytest.mark.mission("D3-C1")
def test_a_bad_schema(schema, part):
    for option in ("payload_schema", "control_schema"):
        text = refusal(DefinitionError, lambda option=option: Workflow("w", empty, **{option: schema}))
        assert "Workflow `w`" in text
        assert part in text
    text = refusal(DefinitionError, discovery(lambda step: step.email("mail", MAIL, control_schema=schema)))
    assert "Step `mail`" in text
    assert part in text


def test_a_parameter_that_nobody_gives():
    text = refusal(DefinitionError, lambda: Workflow("w", lambda step, user: None))
    assert "`w`" in text
    assert "'user'" in text
    assert "payload, step, subscriber" in text
    assert "default" in text


def test_parameters_with_a_default_or_stars_are_fine():
    Workflow("a", lambda step, user=None: None).check()
    Workflow("b", lambda step, *rest: None).check()
    Workflow("c", lambda **everything: None).check()


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"tags": "social"}, ["tags", "tags=['social']"]),
        ({"tags": [7]}, ["tags", "7"]),
        ({"severity": "loud"}, ["severity", "'loud'", "none, low, medium, high"]),
        ({"status": "gone"}, ["status", "'gone'", "draft, active, archived"]),
        ({"on_error": "later"}, ["on_error", "'later'", "continue, stop"]),
        ({"colour": "red"}, ["colour", "unknown option", "severity"]),
        ({"retry": 3}, ["retry", "3", "Retry(attempts="]),
        ({"name": 7}, ["name", "7"]),
        ({"metadata": "x"}, ["metadata", "'x'"]),
        ({"preferences": "x"}, ["preferences", "'x'"]),
        ({"preferences": {"email": True}}, ["preferences", "email", "all", "channels"]),
        ({"preferences": {"all": True}}, ["preferences", "all", "enabled"]),
        ({"preferences": {"all": {"enabled": "false"}}}, ["enabled", "all", "'false'"]),
        ({"critical": "yes"}, ["critical", "'yes'"]),
        ({"tags": None}, ["tags", "None"]),
        ({"tags": 5}, ["tags", "5"]),
    ],
)
@pytest.mark.mission("P-SC-003")
def test_a_bad_option_of_a_workflow(options, parts):
    text = refusal(DefinitionError, lambda: Workflow("w", empty, **options))
    assert "`w`" in text
    for part in parts:
        assert part in text


@pytest.mark.parametrize("workflow_id", [7, None, "", "  ", "a\nb", "\ud800"])
def test_a_bad_workflow_id(workflow_id):
    assert "id" in refusal(DefinitionError, lambda: Workflow(workflow_id, empty)).lower()


def test_a_function_with_yield_would_run_nothing():
    def sync_one(step):
        yield step.email("mail", {"subject": "s", "body": "b"})

    async def async_one(step):
        yield await step.email("mail", {"subject": "s", "body": "b"})

    for handler in (sync_one, async_one):
        assert "`yield`" in refusal(DefinitionError, lambda handler=handler: Workflow("w", handler))


def test_provider_overrides_are_a_dict():
    made = Workflow("w", lambda step: step.email("mail", {"subject": "s", "body": "b"}, providers=5))
    assert "providers must be a dict, not 5" in refusal(DefinitionError, made.discover)


def test_decorating_what_is_no_function():
    text = refusal(DefinitionError, lambda: Registry().workflow("w")("hello"))
    assert '@workflow("w")' in text
    assert "'hello'" in text


def test_a_decorator_without_its_id():
    text = refusal(DefinitionError, lambda: Registry().workflow(empty)(empty))
    assert '@workflow("empty")' in text


@pytest.mark.parametrize(
    ("body", "error", "parts"),
    [
        (lambda step: step.email("mail", MAIL, colour="red"), DefinitionError, ["step.email('mail'", "'colour'", "skip_condition"]),
        (lambda step: step.email("mail", "text"), DefinitionError, ["mail", "'text'", "function"]),
        (lambda step: step.email("mail", MAIL, output_schema={}), DefinitionError, ["`mail`", "custom", "output_schema"]),
        (lambda step: step.email("mail", MAIL, on_error="later"), DefinitionError, ["`mail`", "on_error", "continue, stop"]),
        (lambda step: step.email("mail", MAIL, retry=3), DefinitionError, ["`mail`", "retry", "Retry(attempts="]),
        (lambda step: step.delay("d", {"amount": 1, "unit": "days"}, on_past="x"), DefinitionError, ["`d`", "on_past", "fail, send, skip"]),
        (lambda step: step.email("mail", MAIL, on_past="send"), DefinitionError, ["`mail`", "on_past", "delay"]),
        (lambda step: step.email("mail", MAIL, providers={"slack": 7}), DefinitionError, ["`mail`", "slack", "7"]),
        (lambda step: step.email(7, MAIL), DefinitionError, ["id", "string", "7"]),
        (lambda step: step.email("", MAIL), DefinitionError, ["id", "blank"]),
        (lambda step: step.email("mail", lambda a, b: MAIL), DefinitionError, ["`mail`", "no argument or one", "2"]),
        (lambda step: step.email("mail", MAIL, skip=lambda a, b: True), DefinitionError, ["`mail`", "skip", "no argument or one"]),
        (lambda step: step.email("mail", MAIL, skip_condition="payload."), ConditionInvalidError, ["`mail`", "payload."]),
        (lambda step: step.email("mail", MAIL, skip_condition="user.x"), ConditionInvalidError, ["`mail`", "user", "payload, subscriber"]),
        (lambda step: step.email("mail", MAIL, skip_condition="open('x')"), ConditionInvalidError, ["`mail`", "open"]),
        (lambda step: step.digest("d", {"cron": "61 * * * *"}), ScheduleInvalidError, ["`d`", "61 * * * *"]),
        (lambda step: step.digest("d", {"cron": ""}), ScheduleInvalidError, ["`d`", "cron"]),
        (lambda step: step.digest("d", {"cron": "0 0 31 2 *"}), ScheduleInvalidError, ["`d`", "0 0 31 2 *"]),
        (lambda step: step.digest("d", {"amount": 0, "unit": "hours"}), ScheduleInvalidError, ["`d`", "amount"]),
        (lambda step: step.delay("d", {"amount": -1, "unit": "hours"}), ScheduleInvalidError, ["`d`", "amount", "-1"]),
        (lambda step: step.delay("d", {"amount": 1, "unit": "eons"}), ScheduleInvalidError, ["`d`", "eons", "hours"]),
        (lambda step: step.delay("d", {"amount": 1}), ScheduleInvalidError, ["`d`", "unit"]),
        (lambda step: step.digest("d", {"amount": 1, "unit": "days", "cron": "0 9 * * *"}), ScheduleInvalidError, ["`d`", "cron", "amount"]),
        (lambda step: step.throttle("t", {"type": "fixed", "amount": 0, "unit": "hours"}), ScheduleInvalidError, ["`t`", "amount"]),
    ],
)  # fmt: skip
@pytest.mark.mission("P-E3")
@pytest.mark.mission("D3-S3")
@pytest.mark.mission("D3-S4")
@pytest.mark.mission("P-SC-003")
def test_a_bad_step(body, error, parts):
    text = refusal(error, discovery(body))
    for part in parts:
        assert part in text


@pytest.mark.mission("D3-W4")
@pytest.mark.mission("D3-S1")
def test_two_steps_with_one_id():
    def body(step):
        step.email("mail", MAIL)
        step.sms("mail", {"body": "b"})

    assert "`mail`" in refusal(StepAlreadyExistsError, discovery(body))


def test_an_annotation_that_can_not_be_read():
    def body(payload: Commment, step: Step): ...  # noqa: F821  # the misspelt name is the point

    text = refusal(DefinitionError, lambda: Workflow("w", body))
    assert "`w`" in text
    assert "'Commment'" in text
    assert "payload_schema=" in text


def test_a_model_of_the_defining_function_is_found():
    class Local(BaseModel):
        number: int

    registry = Registry()

    @registry.workflow("w")
    def body(payload: Local, step: Step):
        step.in_app("a", {"body": str(payload.number)})

    assert body.payload_json_schema["properties"]["number"]["type"] == "integer"


def test_bad_data_says_each_field():
    class Comment(BaseModel):
        text: str
        stars: int

    def body(payload: Comment, step): ...

    workflow = Workflow("w", lambda payload, step: step.in_app("a", {"body": "b"}), payload_schema=Comment)
    with NovuEnvironment(workflows=[workflow]) as env, pytest.raises(PayloadInvalidError) as caught:
        env.trigger(workflow, to="ada", payload={"stars": "many"})
    assert [fault.path for fault in caught.value.errors] == ["/text", "/stars"]


def test_a_failed_discovery_stays_with_its_workflow(caplog):
    broken = Workflow("broken", lambda step: step.digest("d", {"cron": "x"}))
    fine = Workflow("fine", empty)
    assert broken.steps_or_none() is None
    assert broken.steps_or_none() is None
    assert [step.step_id for step in fine.steps_or_none()] == ["mail"]
    assert [record.message for record in caplog.records if "broken" in record.message] == [caplog.records[0].message]


def test_an_unknown_workflow_is_named():
    assert "`nope`" in refusal(WorkflowNotFoundError, lambda: Registry()["nope"])
    assert Registry().get("nope") is None


@pytest.mark.parametrize(
    ("source", "part"), [("no.such.module", "no.such.module"), ("json:nope", "json:nope"), (7, "7"), ([7], "7")]
)
def test_sources_that_name_no_workflow(source, part):
    assert part in refusal(ConfigurationError, lambda: collect(source))


@pytest.mark.parametrize("values", [{"attempts": 0}, {"base": -1}, {"base": 10, "cap": 1}, {"attempts": 1.5}])
def test_a_bad_retry(values):
    with pytest.raises(ValueError, match="Retry"):
        Retry(**values)


def test_step_calls_are_data():
    assert StepCall.make("email", "a", MAIL, {"controlSchema": {}}).control_schema == {}


def test_the_decorator_without_an_id_tells_how_to_write_it(registry):
    def my_flow(step):
        step.in_app("bell", {"body": "b"})

    with pytest.raises(DefinitionError, match=r'as in @workflow\("my-flow"\)'):
        registry.workflow(my_flow)
