"""Payload and output models whose JSON form is not what they read: told at the trigger, never lost in the store."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, computed_field, field_serializer

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
        (Renamed, {"userId": 5}, "Renamed can not be read back from its own JSON form (/userId: Field required)"),
        (Closed, {"price": 2}, "Closed can not be read back from its own JSON form (/double: Extra inputs"),
        (Secret, {"token": "s3cret"}, "Secret does not show field `token`"),
        (Hidden, {"token": "s3cret"}, "Hidden does not show field `token`"),
    ],
)
def test_a_model_that_can_not_read_its_own_json_is_told_at_the_trigger(run, model, payload, told):
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


def test_an_output_model_that_hides_a_field_fails_its_step():
    registry = Registry()

    @registry.workflow("outputs")
    def outputs(step):
        step.custom("make", lambda: {"token": "s3cret"}, output_schema=Secret)

    with NovuEnvironment(workflows=registry) as env:
        result = env.trigger(outputs, to="u1")
        assert result.status == "failed"
        assert "does not show field `token`" in env.client.executions.get(result.execution_id).error["message"]
