"""Payload and output models whose JSON form is not what they read: told at the trigger, never lost in the store."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any
from uuid import uuid4

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    Json,
    SecretStr,
    computed_field,
    field_serializer,
    field_validator,
    model_validator,
)

from novu_core import Registry, errors
from novu_core.testing import NovuEnvironment


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    day: date
    tags: tuple[str, ...] = ()


class Renamed(BaseModel):
    user_id: int = Field(validation_alias="userId")


class Hidden(BaseModel):
    token: str = Field("", exclude=True)


class Secret(BaseModel):
    token: SecretStr


class Shown(BaseModel):
    token: SecretStr

    @field_serializer("token")
    def shown(self, token: SecretStr) -> str:
        return token.get_secret_value()


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    price: int

    @computed_field
    def double(self) -> int:
        return 2 * self.price


class Open(Closed):
    model_config = ConfigDict(extra="allow")


class Cents(BaseModel):
    amount: float

    @field_validator("amount")
    @classmethod
    def to_cents(cls, value: float) -> float:
        return value * 100


class Exclaimed(BaseModel):
    lines: list[Annotated[str, AfterValidator(lambda line: line + "!")]]


class Prefixed(BaseModel):
    order: Cents
    reference: str = "r"

    @model_validator(mode="after")
    def prefixed(self) -> Prefixed:
        self.reference = "X-" + self.reference
        return self


class Stamped(Exclaimed):
    """Neither its JSON form nor what was sent reads as the same twice."""

    lines: list[Annotated[str, AfterValidator(lambda line: line + "!")]] = ["a"]
    token: str = Field(default_factory=lambda: uuid4().hex)


class Enclosed(BaseModel):
    meta: Json[dict[str, int]]


class Loose(BaseModel):
    anything: Any
    pause: timedelta = timedelta(hours=1)
    ratio: float = 0.5


@pytest.fixture
def run():
    def run(model, payload):
        registry, seen = Registry(), []

        @registry.workflow("typed")
        def typed(step, payload: model):
            step.delay("nap", {"amount": 1, "unit": "hours"})
            seen.append(payload)
            step.in_app("bell", lambda: {"body": "hi"})

        with NovuEnvironment(workflows=registry) as env:
            env.trigger(typed, to="u1", payload=payload)
            env.advance(hours=1)
            return seen[-1]

    return run


@pytest.mark.parametrize("payload", [{"day": "2026-01-05", "tags": ["a"]}, Strict(day=date(2026, 1, 5), tags=("a",))])
def test_a_strict_model_reads_what_json_writes(run, payload):
    assert run(Strict, payload) == Strict(day=date(2026, 1, 5), tags=("a",))


def test_a_strict_model_still_refuses_other_types(run):
    with pytest.raises(errors.PayloadInvalidError) as caught:
        run(Strict, {"day": 5})
    assert caught.value.errors[0].path == "/day"


@pytest.mark.parametrize(
    ("model", "payload", "told"),
    [
        (Renamed, Renamed(userId=5), "Renamed cannot be read back from its own JSON form (/userId: Field required)"),
        (Cents, Cents(amount=5), "Cents cannot be read back from its own JSON form (it is read as another value)"),
        (
            Stamped,
            {"name": "a"},
            "Stamped cannot be read back from its own JSON form (it is read as another value)",
        ),
        (Secret, {"token": "s3cret"}, "Secret hides the field `token`"),
        (Hidden, {"token": "s3cret"}, "Hidden hides the field `token`"),
    ],
)
def test_a_model_that_cannot_read_its_own_json_is_told_at_the_trigger(run, model, payload, told):
    with pytest.raises(errors.DefinitionError) as caught:
        run(model, payload)
    assert told in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_models_with_serializers_and_open_types_pass(run):
    assert run(Shown, {"token": "s3cret"}).token.get_secret_value() == "s3cret"
    assert run(Loose, {"anything": date(2026, 1, 5)}) == Loose(anything="2026-01-05")
    assert run(
        Loose, Loose(anything=object, pause=timedelta(hours=2)).model_copy(update={"anything": [1]})
    ).anything == [1]


class Url(BaseModel):
    homepage: HttpUrl = "https://example.com"
    anything: Any = None


class Listing(BaseModel):
    items: list[str]
    note: str = "x"

    def __iter__(self):
        return iter(self.items)


class Outer(BaseModel):
    inner: list[Secret]


class Nested(BaseModel):
    rows: dict[str, list[Hidden]]


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # of the default that is no HttpUrl
@pytest.mark.parametrize(
    ("model", "payload"),
    [
        (Url, {}),
        (Url, {"anything": {"at": datetime(2026, 1, 5, tzinfo=timezone.utc), "pause": timedelta(seconds=5)}}),
        (Listing, {"items": ["abc"]}),
    ],
)
def test_what_json_says_in_its_own_way_is_not_hidden(run, model, payload):
    assert run(model, payload) is not None


def test_a_secret_inside_is_told_with_its_place(run):
    with pytest.raises(errors.DefinitionError, match="field `inner/0/token`"):
        run(Outer, {"inner": [{"token": "s3cret"}]})


def test_an_excluded_field_inside_is_told_with_its_place(run):
    with pytest.raises(errors.DefinitionError, match="field `rows/a/1/token`"):
        run(Nested, {"rows": {"a": [{}, {"token": "s3cret"}]}})


@pytest.mark.parametrize(
    ("model", "payload", "seen"),
    [
        (Cents, {"amount": 5}, Cents(amount=5)),
        (Exclaimed, {"lines": ["a", "b"]}, Exclaimed(lines=["a", "b"])),
        (Prefixed, {"order": {"amount": 2}}, Prefixed(order={"amount": 2})),
        (Renamed, {"userId": 5}, Renamed(userId=5)),
        (Closed, {"price": 100}, Closed(price=100)),
        (Closed, Closed(price=100), Closed(price=100)),
        (Open, {"price": 100, "note": "n"}, Open(price=100, note="n")),
        (Enclosed, {"meta": '{"a": 1}'}, Enclosed(meta='{"a": 1}')),
        (Enclosed, Enclosed(meta='{"a": 1}'), Enclosed(meta='{"a": 1}')),
    ],
)
def test_a_payload_is_validated_as_if_once_however_often_the_run_wakes(run, model, payload, seen):
    found = run(model, payload)
    assert found == seen
    assert found.model_dump_json() == seen.model_dump_json()


def test_templates_events_and_the_history_read_the_validated_form():
    registry = Registry()

    @registry.workflow("order")
    def order(payload: Cents, step):
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.in_app(
            "bell",
            lambda controls: {"body": f"{controls['text']} {batch.events[0]['payload']['amount']} {payload.amount}"},
            control_schema={"type": "object", "properties": {"text": {"default": "{{payload.amount}}"}}},
        )

    with NovuEnvironment(workflows=registry) as env:
        result = env.trigger(order, to="u1", payload={"amount": 5})
        env.advance(hours=1)
        assert env.outbox.in_app[0].content["body"] == "500 500.0 500.0"
        assert env.client.executions.get(result.execution_id).payload.data == {"amount": 500.0}


def test_an_output_is_validated_as_if_once():
    registry, seen = Registry(), []

    @registry.workflow("outputs")
    def outputs(step):
        priced = step.custom("price", lambda: {"amount": 5}, output_schema=Cents)
        closed = step.custom("close", lambda: {"price": 3}, output_schema=Closed)
        step.delay("nap", {"amount": 1, "unit": "hours"})
        seen.append((priced.amount, closed.double))

    with NovuEnvironment(workflows=registry) as env:
        env.trigger(outputs, to="u1")
        env.advance(hours=1)
    assert seen[-1] == (500.0, 6)


def test_an_output_model_that_hides_a_field_fails_its_step():
    registry = Registry()

    @registry.workflow("outputs")
    def outputs(step):
        step.custom("make", lambda: {"token": "s3cret"}, output_schema=Secret)

    with NovuEnvironment(workflows=registry) as env:
        result = env.trigger(outputs, to="u1")
        assert result.status == "failed"
        assert "hides the field `token`" in env.client.executions.get(result.execution_id).error["message"]
