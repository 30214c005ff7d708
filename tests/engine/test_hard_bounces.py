"""What an SMTP server's answer to RCPT means for the address."""

from __future__ import annotations

import socket

import pytest
from aiosmtpd.controller import Controller

from novu_core.errors import DeliveryError, SuppressionNotFoundError
from novu_core.testing import NovuEnvironment

ADA = {"subscriberId": "ada", "email": "ada@Example.org"}


class Server:
    """Answers every RCPT with ``answer``."""

    def __init__(self):
        self.answer = "250 OK"
        self.asked = []
        self.mails = 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # aiosmtpd's name
        self.asked.append(address)
        if self.answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server, session, envelope):  # aiosmtpd's name
        self.mails += 1
        return "250 OK"


@pytest.fixture
def server():
    made = Server()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        made.port = probe.getsockname()[1]
    controller = Controller(made, hostname="127.0.0.1", port=made.port)
    controller.start()
    yield made
    controller.stop()


@pytest.fixture
def env(server, registry):
    registry.workflow("news")(lambda step: step.email("mail", {"subject": "s", "body": "b"}))
    url = f"smtp://127.0.0.1:{server.port}?from=a@b.c&timeout=20"
    with NovuEnvironment(registry, settings={"NOVU_DELIVERY": {"email": url}}) as made:
        yield made


@pytest.mark.parametrize(
    "answer", ["550 5.1.1 <ada@example.org>: no such user", "550 5.1.10 null MX", "553 #5.1.3 syntax"]
)
def test_no_such_address_is_suppressed(env, server, answer):
    server.answer = answer
    first = env.trigger("news", ADA)
    assert (first.status, first.steps[0].status) == ("failed", "failed")
    found = env.client.suppressions.get("ada@example.org")
    assert (found.reason, answer.split(" ", 1)[1] in found.detail) == ("hard bounce", True)
    server.answer = "250 OK"
    second = env.trigger("news", ADA)
    assert second.steps[0].reason == f"suppressed: hard bounce ({found.created_at:%Y-%m-%d})"
    retried = env.client.executions.retry(first.execution_id)
    assert (retried.status, retried.steps[0].outcome) == ("completed", "skipped")
    assert (len(server.asked), server.mails) == (1, 0)
    env.client.suppressions.remove("ada@example.org")
    assert (env.trigger("news", ADA).steps[0].outcome, server.mails) == ("delivered", 1)


@pytest.mark.parametrize(
    "answer", ["550 5.7.1 spam", "450 4.2.0 greylisted", "450 5.1.1 later", "550 no such user", "550 5.1.8 sender"]
)
def test_other_refusals_leave_the_address_open(env, server, answer):
    server.answer = answer
    env.trigger("news", ADA)
    env.advance(days=2)
    with pytest.raises(SuppressionNotFoundError):
        env.client.suppressions.get("ada@example.org")
    server.answer = "250 OK"
    assert env.trigger("news", ADA).steps[0].outcome == "delivered"


def test_the_next_provider_is_still_asked_for_this_message(env, server, registry):
    class Second:
        name = "second"
        sent = 0

        def send(self, message):
            self.sent += 1

    second = Second()
    env.client.engine.parts.router._providers["email"].append(second)
    server.answer = "550 5.1.1 no such user"
    assert (env.trigger("news", ADA).steps[0].outcome, second.sent) == ("delivered", 1)
    assert env.trigger("news", ADA).steps[0].reason.startswith("suppressed: hard bounce")


@pytest.mark.parametrize("email", ["ada@example.org", None])
def test_a_provider_of_the_apps_own_may_say_so(env, email):
    class Own:
        name = "own"
        needs_address = False

        def send(self, message):
            error = DeliveryError("gone")
            error.hard_bounce = True
            raise error

    env.client.engine.parts.router._providers["email"] = [Own()]
    assert env.trigger("news", {"subscriberId": "ada", "email": email}).steps[0].status == "failed"
    assert env.client.suppressions.list().total == (email is not None)


def test_other_channels_have_no_suppressions(env, registry):
    class Phone:
        name = "phone"

        def send(self, message):
            error = DeliveryError("gone")
            error.hard_bounce = True
            raise error

    registry.workflow("text")(lambda step: step.sms("text", {"body": "b"}))
    env.client.engine.parts.router._providers["sms"] = [Phone()]
    asked = env.client.engine.parts.store.suppression
    env.client.engine.parts.store.suppression = lambda *args: pytest.fail("no look-up for other channels")
    env.trigger("text", {"subscriberId": "ada", "phone": "a@b.c"})
    env.client.engine.parts.store.suppression = asked
    assert env.client.suppressions.list().total == 0
