"""Rates and circuits as runs meet them."""

from __future__ import annotations

from datetime import timedelta

from novu_core import Client, Retry
from novu_core.client.checkup import findings
from novu_core.delivery.lane import FIRST_PAUSE, OPENS_AFTER
from novu_core.testing import NovuEnvironment
from tests.conftest import until
from tests.providers import Hanging, Recording, Refusing
from tests.unit.delivery.web_servers import web

PEOPLE = [{"subscriberId": f"u{number}", "email": f"u{number}@example.org"} for number in range(10)]


def test_a_rate_spreads_messages_and_uses_up_no_attempt(env_with, one_mail):
    provider = Recording(rate="2/s", timeout=None)
    env = env_with(provider)
    start = env.clock.now()
    env.trigger(one_mail, PEOPLE)
    assert len(provider.sent) == 2
    waiting = env.client.executions.list(status="running").items
    assert len(waiting) == 8
    assert {run.waiting_for for run in waiting} == {"retry"}
    env.advance(seconds=10)
    assert len(provider.sent) == 10
    times = sorted((message.created_at - start).total_seconds() for message in provider.sent)
    assert all(after - first >= 1 for first, after in zip(times, times[2:], strict=False))
    assert times[-1] <= 5
    for run in env.client.executions.list(limit=100).items:
        assert (run.status, run.steps[0].attempts) == ("completed", [])


def test_an_open_circuit_asks_the_next_provider_at_once(env_with, one_mail, caplog):
    bad, good = Refusing(name="bad", timeout=None), Recording(name="good", timeout=None)
    env = env_with(bad, good)
    for person in PEOPLE[:OPENS_AFTER]:
        env.trigger(one_mail, person)
    assert len(bad.asked) == OPENS_AFTER
    told = [record.getMessage() for record in caplog.records if "circuit" in record.getMessage()]
    assert len(told) == 1
    result = env.trigger(one_mail, PEOPLE[8])
    assert result.status == "completed"
    assert len(bad.asked) == OPENS_AFTER
    assert [message.subscriber_id for message in good.sent] == ["u8"]
    (attempt,) = env.client.executions.get(result.execution_id).steps[0].attempts
    assert "bad is not used before" in attempt["error"]["message"]
    states = {state.provider: state for state in env.client.providers.list()}
    assert (states["bad"].circuit, states["good"].circuit) == ("open", "closed")
    assert [row.problem for row in findings(env.client) if "circuit" in row.problem] == [
        "email: the circuit of bad has been open since 2026-01-05T09:00:00+00:00: ConnectionError"
    ]


def test_the_circuit_closes_when_the_provider_is_back(env_with, one_mail):
    bad = Refusing(name="bad", timeout=None)
    env = env_with(bad)
    for person in PEOPLE:
        env.trigger(one_mail, person)
    assert len(bad.asked) == OPENS_AFTER
    bad.down = False
    env.advance(seconds=FIRST_PAUSE.total_seconds() * 3)
    assert sorted(message.subscriber_id for message in bad.sent) == sorted(person["subscriberId"] for person in PEOPLE)
    assert env.client.providers.list()[0].circuit == "closed"


def test_an_outage_fails_messages_no_later_than_their_attempts_say(env_with, one_mail):
    bad = Refusing(name="bad", timeout=None)
    env = env_with(bad)
    env.trigger(one_mail, PEOPLE)
    env.advance(hours=1)
    runs = env.client.executions.list(status="failed", limit=100).items
    assert [len(run.steps[0].attempts) for run in runs] == [4] * len(PEOPLE)
    assert len(bad.asked) < 40


def test_twilio_has_enough_for_now_and_the_second_provider_takes_the_message(registry, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    @registry.workflow("code")
    def code(step):
        step.sms("text", {"body": "123"}, retry=Retry(attempts=2, base=1))

    with web() as twilio, web() as second:
        twilio.answer(429, {"code": 20429, "message": "Too Many Requests"}, Retry_After="30")
        second.answer(202, {"id": "m-2"})
        urls = [f"twilio://AC1:S3CRET@api.twilio.com?from=+1&base_url={twilio.url}", f"{second.url}/sms"]
        with NovuEnvironment(workflows=registry, settings={"NOVU_DELIVERY": {"sms": urls}}) as env:
            result = env.trigger(code, {"subscriberId": "ada", "phone": "+15550100"})
            start = env.clock.now()
            env.advance(seconds=29)
            assert (len(twilio.requests), len(second.requests)) == (1, 0)
            env.advance(seconds=31)
            assert (len(twilio.requests), len(second.requests)) == (2, 1)
            run = env.client.executions.get(result.execution_id)
            assert run.status == "completed"
            assert run.completed_at - start >= timedelta(seconds=30)
            told = [attempt["error"]["message"] for attempt in run.steps[0].attempts]
            assert all("answered 429: 20429 Too Many Requests" in text for text in told)
            (message,) = env.client.messages.list().items
            assert (message.provider, message.provider_message_id) == ("webhook", "m-2")
            assert env.client.providers.list()[0].circuit == "closed"


def test_a_provider_that_hangs_leaves_the_workers_threads_to_the_others(registry):
    bad, good = Hanging(timeout=0.2), Recording(timeout=None)

    @registry.workflow("mail")
    def mail(step):
        step.email("letter", {"subject": "s", "body": "b"})

    @registry.workflow("text")
    def text(step):
        step.sms("text", {"body": "b"})

    settings = {"store_url": "sqlite://", "delivery": {"email": bad, "sms": good}, "worker": "none"}
    with Client(settings, registry) as client:
        for person in PEOPLE * 4:
            client.trigger(mail, person, wait=False)
            client.trigger(text, {**person, "phone": "+15550100"}, wait=False)
        try:
            client.start_worker()
            until(lambda: len(good.sent) == 40)
            assert len(bad.asked) <= OPENS_AFTER + 3  # of forty: those that began before the circuit opened
        finally:
            bad.go_on.set()
