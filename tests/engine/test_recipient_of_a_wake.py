"""Who gets the messages of a run that waited: read afresh at each wake."""

from __future__ import annotations

import logging

import pytest

from novu_core import Subscriber
from novu_core.errors import RecipientInvalidError
from novu_core.storage.people import SaveSubscriber
from tests.engine.conftest import ADA

DAY = {"amount": 1, "unit": "days"}
MAIL = {"subject": "s", "body": "b"}


@pytest.fixture
def trial(registry):
    @registry.workflow("trial")
    def trial(step):
        step.delay("wait", DAY)
        step.email("end", MAIL)

    return trial


@pytest.fixture
def addresses(env):
    return lambda: [message.to for message in env.outbox]


def test_an_address_that_changed_while_the_run_waited(env, trial, addresses):
    trial.trigger(to={"subscriberId": "ada", "email": "old@example.org"})
    env.client.subscribers.upsert({"subscriberId": "ada", "email": "new@example.org"})
    env.advance(days=1)
    assert addresses() == ["new@example.org"]
    assert env.outbox.email[0].subscriber.email == "new@example.org"


def test_an_address_that_a_later_trigger_brought(env, registry, addresses):
    @registry.workflow("daily")
    def daily(step):
        step.digest("collect", DAY)
        step.email("mail", MAIL)

    daily.trigger(to={"subscriberId": "ada", "email": "old@example.org"})
    daily.trigger(to={"subscriberId": "ada", "email": "new@example.org"})
    env.advance(days=1)
    assert addresses() == ["new@example.org"]


@pytest.mark.parametrize(
    ("field", "channel", "old", "new", "seen"),
    [
        ("phone", "sms", "+491", "+492", "+492"),
        ("channels", "push", {"push": "old"}, {"push": "new"}, "new"),
        ("channels", "chat", {"chat": "old"}, {"chat": "new"}, "new"),
    ],
)
def test_every_kind_of_address(env, registry, addresses, field, channel, old, new, seen):
    @registry.workflow("w")
    def w(step):
        step.delay("wait", DAY)
        getattr(step, channel)("message", {"subject": "s", "body": "b"} if channel == "push" else {"body": "b"})

    w.trigger(to={"subscriberId": "ada", field: old})
    env.client.subscribers.upsert({"subscriberId": "ada", field: new})
    env.advance(days=1)
    assert addresses() == [seen]


def test_an_address_that_was_cleared_is_not_used(env, trial, steps_of):
    result = trial.trigger(to={"subscriberId": "ada", "email": "old@example.org"})
    env.client.subscribers.upsert("ada", email=None)
    env.advance(days=1)
    assert steps_of(result)["end"][1:] == ("delivered", None) or steps_of(result)["end"][1:] == (
        "skipped",
        "no_address",
    )
    assert [message.to for message in env.outbox] in ([], [None])


def test_templates_read_the_present_fields_and_the_function_those_of_the_trigger(env, registry):
    read = []

    @registry.workflow("w")
    def w(step, subscriber):
        step.delay("wait", DAY)
        read.append(subscriber.first_name)
        step.in_app(
            "bell",
            lambda controls: {"body": controls["text"]},
            control_schema={"type": "object", "properties": {"text": {"default": "Hi {{subscriber.firstName}}"}}},
        )

    w.trigger(to={"subscriberId": "ada", "firstName": "Ada"})
    env.client.subscribers.upsert("ada", first_name="Augusta")
    env.advance(days=1)
    assert env.outbox.in_app[0].content["body"] == "Hi Augusta"
    assert read[-1] == "Ada"  # what a function reads must be the same at each replay


def test_a_deleted_subscriber_is_left_alone(env, registry, steps_of):
    ran = []

    @registry.workflow("w")
    def w(step):
        step.digest("collect", DAY)
        step.email("mail", MAIL)
        step.in_app("bell", {"body": "b"})
        step.custom("book", lambda: ran.append(1) or {})

    first, second = w.trigger(to=ADA), w.trigger(to=ADA)
    env.client.subscribers.delete("ada")
    env.advance(days=1)
    assert len(env.outbox) == 0
    assert steps_of(first)["mail"] == ("completed", "skipped", "subscriber_deleted")
    assert steps_of(first)["bell"] == ("completed", "skipped", "subscriber_deleted")
    assert ran == [1]
    assert second.outcome == "merged"


def test_nor_is_a_stranger_with_the_same_id_sent_what_was_the_deleted_ones(env, trial, addresses, steps_of):
    old = trial.trigger(to={"subscriberId": "ada", "email": "old@example.org"})
    env.advance(hours=1)
    env.client.subscribers.delete("ada")
    env.advance(hours=1)
    new = trial.trigger(to={"subscriberId": "ada", "email": "other@example.org"})
    env.advance(days=2)
    assert addresses() == ["other@example.org"]
    assert steps_of(old)["end"][2] == "subscriber_deleted"
    assert steps_of(new)["end"][1] == "delivered"


def test_a_failed_delivery_that_is_retried_by_hand_goes_to_the_present_address(env, registry, addresses):
    down = [True]

    @registry.workflow("w")
    def w(step):
        step.custom("gate", lambda: 1 / 0 if down[0] else {})
        step.email("mail", MAIL)

    run = w.trigger(to={"subscriberId": "ada", "email": "old@example.org"})
    env.client.subscribers.upsert("ada", email="new@example.org")
    down[0] = False
    env.client.executions.retry(run.execution_id)
    assert addresses() == ["new@example.org"]


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"subscriberId": "a", "email": None}, ["email"]),
        ({"subscriberId": "a", "locale": None, "channels": None}, ["locale", "channels"]),
        ({"subscriberId": "a", "firstName": None, "first_name": None}, ["firstName"]),
        ({"subscriberId": "a", "data": None, "plan": None}, ["data", "plan"]),
        (Subscriber(subscriber_id="a", phone=None), ["phone"]),
    ],
)
@pytest.mark.parametrize("way", ["upsert", "trigger"])
def test_none_clears_a_field_and_what_is_not_given_stays(env, registry, way, change, gone):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b"})

    full = {"email": "a@b.c", "phone": "+1", "firstName": "A", "locale": "de", "channels": {"push": "t"},
            "data": {"x": 1}, "plan": "pro"}  # fmt: skip
    env.client.subscribers.upsert({"subscriberId": "a", **full})
    if way == "upsert":
        env.client.subscribers.upsert(change)
    else:
        w.trigger(to=change)
    stored = env.client.subscribers.get("a").to_json()
    assert not [name for name in gone if stored.get(name) is not None]
    assert {name: stored[name] for name in full if name not in gone} == {
        name: value for name, value in full.items() if name not in gone
    }


def test_none_as_a_keyword_clears_too(env):
    env.client.subscribers.upsert("a", email="a@b.c", phone="+1")
    assert env.client.subscribers.upsert("a", email=None).to_json() == {"subscriberId": "a", "phone": "+1"}


ZONES = ["Mars/Base", "PST", "Etc/Unknown", " Europe/Berlin", "Europe", "../etc/passwd", "+02:00", "UTC+2"]


@pytest.mark.parametrize("zone", ZONES)
def test_an_unknown_time_zone_is_refused_where_it_is_given(env, trial, zone):
    for give in (
        lambda: env.client.subscribers.upsert("ada", timezone=zone),
        lambda: trial.trigger(to={"subscriberId": "ada", "timezone": zone}),
        lambda: trial.trigger(to=[Subscriber(subscriber_id="ada", timezone=zone)]),
        lambda: trial.trigger(to="bob", actor={"subscriberId": "ada", "timezone": zone}),
    ):
        with pytest.raises(RecipientInvalidError) as caught:
            give()
        [fault] = caught.value.errors
        assert fault.path.endswith("/timezone")
        assert "Europe/Berlin" in fault.message


def test_a_zone_that_was_stored_before_falls_back_to_the_client_s_and_is_told_once(env, registry, caplog):
    @registry.workflow("daily")
    def daily(step):
        step.digest("collect", {"cron": "0 12 * * *"})
        step.email("mail", MAIL)

    known = {"subscriberId": "odd", "email": "ada@example.org", "timezone": "Mars/Base"}
    env.client.engine.parts.store.commit(SaveSubscriber("odd", known, env.clock.now()))
    caplog.set_level(logging.WARNING)
    run = daily.trigger(to="odd")
    assert run.resume_at.isoformat() == "2026-01-05T12:00:00+00:00"
    env.advance(days=1)
    assert len(env.outbox.email) == 1
    assert len([line for line in caplog.messages if "Mars/Base" in line]) == 1
