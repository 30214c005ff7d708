"""Runs over real SMTP servers that refuse: again later, the next one, and failed but redrivable."""

from __future__ import annotations

import socket

import pytest
from aiosmtpd.controller import Controller

from novu_core import Registry
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA


class Mailbox:
    """Answers each letter with ``reply``; keeps those that it takes."""

    def __init__(self, reply="250 OK"):
        self.reply = reply
        self.received = []

    async def handle_DATA(self, server, session, envelope):
        if self.reply.startswith("250"):
            self.received.append(envelope.content.decode())
        return self.reply


@pytest.fixture
def servers():
    started = []

    def start(*replies):
        boxes = [Mailbox(reply) for reply in replies]
        for box in boxes:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            started.append(Controller(box, hostname="127.0.0.1", port=port))
            started[-1].start()
        return boxes, [f"smtp://127.0.0.1:{controller.port}?from=app@example.org" for controller in started]

    yield start
    for controller in started:
        controller.stop()


@pytest.fixture
def letter():
    registry = Registry()

    @registry.workflow("letter")
    def letter(step):
        step.email("mail", {"subject": "Hello", "body": "Hi"})
        step.in_app("bell", {"body": "b"})

    return registry


def environment(registry, urls):
    return NovuEnvironment(registry, {"NOVU_DELIVERY": {"email": urls}, "NOVU_RETRY": {"attempts": 2, "base": 60}})


def test_a_permanent_refusal_goes_to_the_next_server_at_once(servers, letter):
    (refusing, taking), urls = servers("554 no", "250 OK")
    with environment(letter, urls) as env:
        result = env.trigger("letter", ADA)
        assert (result.status, len(refusing.received), len(taking.received)) == ("completed", 0, 1)
        assert "554" in result.steps[0].attempts[0]["error"]["message"]


def test_a_temporary_refusal_is_tried_again_on_the_same_server(servers, letter):
    (busy, other), urls = servers("451 later", "250 OK")
    with environment(letter, urls) as env:
        result = env.trigger("letter", ADA)
        assert (result.waiting_for, len(other.received)) == ("retry", 0)
        busy.reply = "250 OK"
        env.advance(minutes=5)
        assert env.client.executions.get(result.execution_id).status == "completed"
        assert (len(busy.received), len(other.received)) == (1, 0)


def test_servers_that_all_refuse_leave_a_partial_run_that_can_be_redriven(servers, letter):
    boxes, urls = servers("451 later", "554 no")
    with environment(letter, urls) as env:
        result = env.trigger("letter", ADA)
        env.advance(hours=1)
        failed = env.client.executions.get(result.execution_id)
        assert (failed.status, failed.outcome) == ("failed", "partial")
        assert [attempt["error"]["provider"] for attempt in failed.steps[0].attempts] == ["smtp"] * 3
        assert failed.steps[1].outcome == "delivered"
        boxes[0].reply = "250 OK"
        assert env.client.executions.retry(result.execution_id).status == "completed"
        assert (len(boxes[0].received), env.client.inbox("ada").count()) == (1, 1)


def test_a_server_that_is_gone_is_a_retry_and_then_the_next_one(servers, letter):
    (taking,), urls = servers("250 OK")
    with environment(letter, ["smtp://127.0.0.1:1?from=app@example.org", *urls]) as env:
        result = env.trigger("letter", ADA)
        assert result.waiting_for == "retry"
        env.advance(hours=1)
        assert env.client.executions.get(result.execution_id).status == "completed"
        assert len(taking.received) == 1
