"""Where a run holds secrets, each is hidden; a trigger with what the history shows of them is refused."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from novu_core.errors import InvalidTransitionError, ValidationError
from novu_core.storage.masking import MASKED
from tests.conformance.stores.test_masking import HOUR, PAYLOAD, SECRET, SELECT


def stored(env):
    """All that the database says, as one text."""

    def read(transaction):
        return " ".join(str(row) for select in SELECT for row in transaction.rows(select))

    return env.client.engine.parts.store.database.read(read)


@pytest.fixture
def told(registry):
    """A workflow that holds the secret wherever a run can hold one."""

    @registry.workflow("told")
    def told(payload, step):
        made = step.custom("make", lambda: {"otp": SECRET, "list": [{"resetToken": SECRET}], "link": "/reset"})
        step.throttle("limit", {"type": "fixed", **HOUR, "threshold": 9, "throttleKey": "payload.resetToken"})
        step.digest("hourly", {**HOUR, "digestKey": "payload.resetToken"})
        step.email(
            "mail",
            {"subject": "s", "body": "b", "headers": {"X-Token": made["otp"]}},
            providers={"smtp": {"headers": {"X-Secret": SECRET}}},
        )
        step.push("phone", {"subject": "s", "body": "b", "data": {"link": {"token": SECRET}}})
        step.sms("text", {"body": "b"}, skip_condition=f"steps.make.otp == '{SECRET[:2]}' or payload.name")

    return told


def results(env, run):
    return {row.step_id: row.result for row in env.client.engine.parts.store.steps(run.execution_id)}


def everywhere(env, told, **payload):
    person = {
        "subscriberId": "ada",
        "email": "ada@example.org",
        "phone": "+4915199887766",
        "channels": [{"providerId": "fcm", "credentials": {"deviceTokens": ["d1"]}}],
    }
    return env.trigger(
        told,
        person,
        {**PAYLOAD, **payload},
        actor={"subscriberId": "boss", "data": {"pin_code": SECRET}},
        metadata={"apiKey": SECRET},
        context={"tenant": {"clientSecret": SECRET}},
        overrides={"email": {"headers": {"X-Password": SECRET}}, "push": {"data": {"code": SECRET}}},
    )


def test_no_table_holds_what_stood_at_such_a_key(env, told):
    for number in range(2):
        everywhere(env, told, number=number)
    assert SECRET in stored(env)
    env.advance(hours=1)
    assert [sorted(message.content) for message in env.outbox]
    assert SECRET in str([message.content for message in env.outbox])  # it was sent
    found = stored(env)
    assert SECRET not in found
    assert "123456" not in found
    assert "/reset" in found
    for run in env.client.executions.list().items:
        made = results(env, run)["make"]
        assert made == {"otp": MASKED, "list": [{"resetToken": MASKED}], "link": "/reset"}


def test_what_only_a_merged_run_holds_is_hidden(env, registry):
    @registry.workflow("calm")
    def calm(payload, step):
        step.custom("make", lambda: {"otp": payload["made"]})
        step.digest("hourly", HOUR)
        step.in_app("bell", {"body": "b"})

    env.trigger(calm, "ada", {"made": None})
    env.trigger(calm, "ada", {"made": None}, metadata={"token": SECRET})
    env.trigger(calm, "ada", {"made": "4711-x"})
    env.advance(hours=1)
    found = stored(env)
    assert SECRET not in found
    assert '"otp":"4711-x"' not in found
    assert '"made":"4711-x"' in found


def test_what_the_subscriber_was_sent_stays(env, registry):
    @registry.workflow("shown")
    def shown(payload, step):
        step.in_app("bell", {"body": "b", "data": {"order_code": "A-1"}})
        step.sms("text", {"body": f"Your code is {payload['otp']}"})

    env.trigger(shown, {"subscriberId": "ada", "phone": "+4915112345678"}, {"otp": SECRET})
    text, bell = env.client.messages.list().items
    assert text.content["body"] == f"Your code is {SECRET}"
    assert bell.content["data"] == {"order_code": "A-1"}  # the inbox shows it
    [run] = env.client.executions.list()
    assert results(env, run)["bell"]["data"] == {"order_code": MASKED}


def test_different_secrets_group_apart(env, told):
    everywhere(env, told)
    everywhere(env, told, resetToken="another")
    env.advance(hours=1)
    assert [run.outcome for run in env.client.executions.list().items] == [None, None]


def test_a_trigger_of_what_the_history_shows_is_refused(env, registry):
    @registry.workflow("plain")
    def plain(step):
        step.in_app("bell", {"body": "b"})

    run = env.trigger(plain, "ada", PAYLOAD)
    [shown] = env.client.executions.list().items
    with pytest.raises(ValidationError) as caught:
        env.trigger(plain, "ada", shown.payload.data, metadata={"a~/b": [{"otp": MASKED}]})
    assert [error.path for error in caught.value.errors] == [
        "/payload/resetToken", "/payload/user/otp", "/payload/user/codes", "/metadata/a~0~1b/0/otp",
    ]  # fmt: skip
    assert "payload/user/otp: is `••••`" in str(caught.value)
    with pytest.raises(InvalidTransitionError):
        env.client.executions.retry(run.execution_id)
    assert len(env.client.executions.list().items) == 1
    dots = {"name": MASKED, "pin": [MASKED]}  # at other keys they are a text as any other
    assert env.trigger(plain, "ada", dots).status == "completed"


def test_dots_are_told_before_they_fail_the_schema(env, registry):
    class Login(BaseModel):
        otp: int

    @registry.workflow("login")
    def login(payload: Login, step):
        step.in_app("bell", {"body": "b"})

    for payload in ({"otp": MASKED}, {"otp": [MASKED]}):
        with pytest.raises(ValidationError) as caught:
            env.trigger(login, "ada", payload)
        assert [error.path for error in caught.value.errors] == (
            ["/payload/otp"] if payload["otp"] == MASKED else ["/otp"]
        )
