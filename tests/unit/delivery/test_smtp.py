"""Messages that arrive over SMTP, and settings that cannot work."""

from __future__ import annotations

import pytest

from novu_core.delivery import SMTP
from novu_core.errors import ConfigurationError
from tests.unit.delivery.mail_servers import failure, provider_for, scripted


def test_a_message_arrives(provider, mailbox, make_message):
    delivery = provider.send(
        make_message({"subject": "Grüße", "html": "<p>Hi <b>Ann</b></p>", "replyTo": "help@shop.example"})
    )
    (envelope,), (received,) = mailbox.received, mailbox.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@shop.example", ["ann@example.com"])
    assert (received["Subject"], received["Reply-To"]) == ("Grüße", "help@shop.example")
    assert [part.get_content() for part in received.iter_parts()] == ["Hi Ann\n", "<p>Hi <b>Ann</b></p>\n"]
    assert (delivery.provider, delivery.id) == ("smtp", received["Message-ID"])


def test_lines_with_a_dot_and_long_lines_arrive_as_they_are(provider, mailbox, make_message):
    body = ".\n..x\n" + "long " * 500 + "\n\nend"
    provider.send(make_message({"subject": "s", "body": body}))
    assert mailbox.messages[0].get_content() == body + "\n"


def test_an_international_address_needs_a_server_that_takes_it(provider, mailbox, make_message):
    provider.send(make_message(to="jürgen@bücher.example"))
    assert mailbox.received[0].rcpt_tos == ["jürgen@xn--bcher-kva.example"]
    assert mailbox.received[0].smtp_utf8
    with scripted({}) as (port, heard), provider_for(port) as plain:
        error = failure(plain, make_message(to="jürgen@example.com"))
        assert not error.retriable
        assert "SMTPUTF8" in error.message
        assert "jürgen@example.com" in error.message
        assert heard["MAIL"] == 0


def test_a_message_without_an_address_never_reaches_the_server(make_message):
    with provider_for(1) as provider:
        error = failure(provider, make_message(to=None))
    assert not error.retriable
    assert "no address" in error.message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"security": "ssl"}, "plain, starttls, tls"),
        ({"sender": "me"}, "'me'"),
        ({"host": "ä..example"}, "the host 'ä..example'"),
        ({"timeout": 0}, "timeout"),
        ({"pool_size": 0}, "pool_size"),
    ],
)
def test_values_that_can_not_work(options, words):
    with pytest.raises(ConfigurationError, match=words):
        SMTP(**{"host": "localhost", "sender": "a@b.c", **options})
