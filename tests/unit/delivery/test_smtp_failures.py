"""Which trouble of a mail server is worth another attempt."""

from __future__ import annotations

import socket

import pytest

from tests.unit.delivery.mail_servers import failure, provider_for, scripted


@pytest.mark.parametrize(
    ("refusal", "retriable"), [("451 greylisted", True), ("421 closing", True), ("550 no such user", False)]
)
@pytest.mark.parametrize("stage", ["refuse_recipient", "refuse_data"])
def test_refusals_by_their_code(provider, server, mailbox, make_message, stage, refusal, retriable):
    setattr(mailbox, stage, refusal)
    error = failure(provider, make_message())
    assert error.retriable is retriable
    assert refusal in error.message
    assert f"127.0.0.1:{server.port}" in error.message
    setattr(mailbox, stage, None)
    provider.send(make_message())
    assert len(mailbox.received) == 1


def test_nobody_listening_is_retriable(make_message):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with provider_for(closed.getsockname()[1]) as provider:
            error = failure(provider, make_message())
    assert error.retriable
    assert "refused" in error.message


def test_a_server_that_never_answers_is_retriable(make_message):
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        provider_for(silent.getsockname()[1], timeout=0.1) as provider,
    ):
        assert failure(provider, make_message()).retriable


@pytest.mark.parametrize(
    ("answers", "greeting", "retriable"),
    [
        ({}, None, True),
        ({}, b"421 too busy\r\n", True),
        ({}, b"554 no SMTP here\r\n", True),
        ({"EHLO": None}, b"220 hi\r\n", True),
        ({"MAIL": None}, b"220 hi\r\n", True),
        ({"RCPT": None}, b"220 hi\r\n", True),
        ({"DATA": None}, b"220 hi\r\n", True),
        ({".": None}, b"220 hi\r\n", True),
        ({".": b"452 disk full\r\n"}, b"220 hi\r\n", True),
        ({".": b"554 spam\r\n"}, b"220 hi\r\n", False),
        ({"MAIL": b"530 authentication required\r\n"}, b"220 hi\r\n", False),
        ({"MAIL": b"452 disk full\r\n"}, b"220 hi\r\n", True),
        ({"EHLO": b"500 what\r\n", "HELO": b"500 what\r\n"}, b"220 hi\r\n", False),
    ],
)
def test_trouble_on_the_way(make_message, answers, greeting, retriable):
    with scripted(answers, greeting) as (port, _), provider_for(port) as provider:
        assert failure(provider, make_message()).retriable is retriable
