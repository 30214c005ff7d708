"""Messages, receipts, the outbox and the console."""

from __future__ import annotations

import io
import json
import sys
import threading
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

import novu_core.delivery as delivery
from novu_core.delivery import Console, Delivery, Outbox, needs_address, provider_name, receipt
from novu_core.types import Channel


def test_a_message_reads_as_its_content(make_message):
    message = make_message({"subject": "Hello", "body": "Hi", "x": 1})
    assert (message.subject, message.body, message.subscriber_id) == ("Hello", "Hi", "ann")
    assert make_message({}).subject is None


def test_a_message_keeps_its_time_in_utc_and_its_channel_as_one(make_message):
    message = make_message(channel="sms", created_at=datetime(2026, 1, 5, 9, tzinfo=timezone(timedelta(hours=2))))
    assert message.channel is Channel.SMS
    assert message.created_at.isoformat() == "2026-01-05T07:00:00+00:00"
    assert len({message, message}) == 1


def test_a_message_refuses_a_naive_time_and_an_unknown_channel(make_message):
    with pytest.raises(ValueError, match="aware"):
        make_message(created_at=datetime(2026, 1, 5))
    with pytest.raises(ValueError, match="fax"):
        make_message(channel="fax")


def test_the_json_form_has_the_subscribers_known_fields(make_message):
    subscriber = SimpleNamespace(
        subscriber_id="bo", email=None, phone=None, data={}, channels=[], first_name="Bo", secret="x"
    )
    found = make_message(subscriber=subscriber).to_json()
    assert found["subscriber"] == {"subscriber_id": "bo", "first_name": "Bo", "data": {}, "channels": []}
    assert json.loads(json.dumps(found))["created_at"] == "2026-01-05T09:00:00+00:00"


@pytest.mark.parametrize(
    ("declared", "channel", "expected"),
    [
        (None, Channel.EMAIL, True),
        (None, Channel.SMS, True),
        (None, Channel.CHAT, False),
        (None, Channel.PUSH, False),
        (False, Channel.EMAIL, False),
        (True, Channel.PUSH, True),
    ],
)
def test_who_needs_an_address(declared, channel, expected):
    provider = SimpleNamespace() if declared is None else SimpleNamespace(needs_address=declared)
    assert needs_address(provider, channel) is expected


def test_a_providers_name_is_its_own_or_its_classs():
    assert provider_name(Outbox()) == "outbox"
    assert provider_name(SimpleNamespace(name=None)) == "SimpleNamespace"


def test_whatever_send_answered_is_a_receipt():
    given = Delivery("ses", "id-1")
    assert receipt(object(), given) == given
    assert receipt(Outbox(), None) == Delivery("outbox")
    assert receipt(Outbox(), "202 Accepted") == Delivery("outbox")


def test_the_outbox_is_a_sequence_with_a_list_for_each_channel(make_message):
    box = Outbox()
    assert not box
    messages = [make_message(channel=channel) for channel in Channel]
    for message in messages:
        assert box.send(message) == Delivery("outbox")
    assert (len(box), list(box), box[0], box[1:]) == (6, messages, messages[0], messages[1:])
    assert [box.in_app, box.email, box.sms, box.push, box.chat, box.tool] == [[message] for message in messages]
    assert box.to("ann") == messages
    assert box.to("bo") == []
    box.clear()
    assert len(box) == 0


def test_the_console_prints_a_block_with_the_text_of_html(make_message):
    out = io.StringIO()
    Console(out).send(make_message({"subject": "Grüße", "html": "<p>Hi <b>Ann</b></p><p>Bye</p>", "data": {"n": 1}}))
    assert out.getvalue() == (
        "--- email to ann@example.com (onboarding / welcome) ---\n"
        'subject: Grüße\ndata: {"n": 1}\n\nHi Ann\n\nBye\n---\n'
    )


def test_the_console_needs_no_address(make_message):
    out = io.StringIO()
    Console(out).send(make_message(to=None, channel="push"))
    assert out.getvalue().startswith("--- push to ann (")


def test_the_console_writes_to_stderr_as_it_is_at_that_time(make_message, capsys):
    console = Console()
    console.send(make_message())
    assert "subject: Hello" in capsys.readouterr().err


def test_the_console_without_a_console_is_silent(make_message, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert Console().send(make_message()) == Delivery("console")


def test_the_console_does_not_obey_the_content(make_message):
    out = io.StringIO()
    Console(out).send(make_message({"body": "\x1b[2J\x07 owned \x9b\r\nnext\tline"}))
    assert "\\x1b[2J\\x07 owned \\x9b\nnext\tline" in out.getvalue()


def test_the_console_survives_a_stream_that_knows_only_ascii(make_message):
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        Console(stream).send(make_message({"body": "Grüße \ud800"}))
        assert b"Gr\\xfc\\xdfe \\ud800" in raw.getvalue()


def test_the_console_writes_each_message_at_once(make_message):
    class Slow(io.StringIO):
        writes = 0

        def write(self, text: str) -> int:
            self.writes += 1
            return super().write(text)

    out = Slow()
    console = Console(out)
    threads = [threading.Thread(target=console.send, args=(make_message({"body": f"n{n}"}),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert out.writes == 8
    assert out.getvalue().count("---\n") == 16


def test_the_public_names_are_sorted_and_exist():
    order = sorted(delivery.__all__, key=lambda name: (not name.isupper(), name))
    assert delivery.__all__ == order
    for name in delivery.__all__:
        assert getattr(delivery, name)
    with pytest.raises(AttributeError, match="Telegram"):
        delivery.Telegram  # noqa: B018


def test_the_console_prints_content_without_a_body(make_message):
    out = io.StringIO()
    Console(out).send(make_message({"card": {"type": "card"}}, channel="chat", to=None))
    assert out.getvalue().endswith('---\ncard: {"type": "card"}\n---\n')
