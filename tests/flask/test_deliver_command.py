"""``flask novu deliver``: what each provider of a channel says to a test message."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Registry
from novu_core.delivery import Delivery
from novu_core.errors import DeliveryError
from tests.providers import Answering, Failing, Recording
from tests.unit.delivery.web_servers import web


@pytest.fixture
def deliver(monkeypatch):
    """Return a function that sends a test message through the providers of an app: exit code, rows, text."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    apps = []

    def deliver(delivery, *arguments, **settings):
        app = Flask("delivering")
        options = {"store_url": "sqlite://", "worker": "none", "secret_key": "s", **settings}
        Novu().init_app(app, workflows=Registry(), delivery=delivery, **options)
        apps.append(app)
        result = app.test_cli_runner().invoke(novu_cli, ["deliver", *arguments])
        rows = json.loads(result.output) if "--json" in arguments and result.output.startswith("[") else None
        return result.exit_code, rows, result.output

    yield deliver
    for app in apps:
        app.extensions["novu"].close()


def test_each_provider_says_what_it_did(deliver):
    first = Answering(lambda: Delivery("first", "m-1", {"host": "mail.example"}), name="first")
    busy = Failing(DeliveryError("busy", retriable=True, retry_after=30), name="busy")
    code, rows, _ = deliver({"email": [first, busy]}, "--channel", "email", "--to", "me@example.org", "--json")
    assert code == 1
    receipt = {"retriable": False, "retry_after": None, "error": None, "id": "m-1", "detail": {"host": "mail.example"}}
    assert rows[0] == {"provider": "first", "delivered": True, **receipt}
    assert rows[1] == {
        "provider": "busy", "delivered": False, "id": None, "detail": {}, "error": "busy", "retriable": True,
        "retry_after": 30,
    }  # fmt: skip
    for provider in (first, busy):
        (message,) = provider.asked
        assert (message.to, message.subscriber.email) == ("me@example.org", "me@example.org")
        assert message.content == {"subject": "Test message", "body": "This is a test message of flask-novu."}


def test_the_table(deliver):
    taken = Answering(lambda: Delivery("first", "m-1", {"status": 202}), name="first")
    again, never = Failing(ConnectionError("gone"), name="again"), Failing(ValueError("never"), name="never")
    code, _, text = deliver({"push": [taken, again, never]}, "--channel", "push", "--to", "device-1")
    assert code == 1
    assert [line.split() for line in text.splitlines()] == [
        ["PROVIDER", "DELIVERED", "ID", "SAID"],
        ["first", "yes", "m-1", "status", "202"],
        ["again", "no", "ConnectionError:", "gone", "(worth", "another", "attempt)"],
        ["never", "no", "ValueError:", "never"],
    ]


def test_twilio_refuses_for_now_and_the_second_provider_takes_it(deliver):
    with web() as twilio, web() as second:
        twilio.answer(429, {"code": 20429, "message": "Too Many Requests"}, Retry_After="12")
        second.answer(202, {"id": "m-2"})
        urls = [f"twilio://AC1:S3CRET@api.twilio.com?from=+1&base_url={twilio.url}", f"{second.url}/sms"]
        code, rows, text = deliver({"sms": urls}, "--channel", "sms", "--to", "+15550100", "--json")
    assert code == 1
    assert [(row["delivered"], row["retriable"], row["retry_after"], row["id"]) for row in rows] == [
        (False, True, 12, None),
        (True, False, None, "m-2"),
    ]
    assert "20429 Too Many Requests" in rows[0]["error"]
    assert "S3CRET" not in text


@pytest.mark.parametrize("channel", ["chat", "push", "tool"])
def test_an_address_of_the_other_channels_is_a_credential(deliver, channel):
    provider = Recording()
    content = '{"body": "Hi"}'
    code, _, text = deliver({channel: provider}, "--channel", channel, "--to", "https://x/y", "--content", content)
    assert code == 0, text
    (message,) = provider.sent
    assert (message.to, message.subscriber.channels) == ("https://x/y", {channel: "https://x/y"})
    assert message.content == {"body": "Hi"}


def test_a_provider_with_a_fixed_place_needs_no_address(deliver):
    provider = Recording()
    assert deliver({"chat": provider}, "--channel", "chat")[0] == 0
    assert provider.sent[0].to is None


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--channel", "sms", "--to", "+1"], 1, "No provider delivers the channel 'sms'"),
        (["--channel", "email"], 1, "/to: is missing for email"),
        (["--channel", "in_app"], 2, "'in_app' is not one of"),
        (["--channel", "email", "--to", "a@b.c", "--content", "x"], 2, "--content"),
        (["--channel", "email", "--to", "a@b.c", "--content", "[]"], 2, "is not a JSON object"),
        ([], 2, "--channel"),
    ],
)
def test_what_cannot_be_sent(deliver, arguments, code, words):
    found, _, text = deliver({"email": Recording()}, *arguments)
    assert (found, words in text) == (code, True), text


def test_where_novu_delivers_there_is_nothing_to_test(deliver):
    code, _, text = deliver({}, "--channel", "email", "--to", "a@b.c", dispatch="cloud")
    assert code == 1
    assert "providers" in text


def test_a_template_in_a_language(deliver, tmp_path):
    (tmp_path / "mail.html").write_text("<p>{{ name }} &amp; {{ locale }} to {{ subscriber.email }}</p>")
    provider = Recording()
    arguments = ["--template", "mail.html", "--context", '{"name": "<Ada>"}', "--locale", "de"]
    to = ["--channel", "email", "--to", "me@example.org"]
    code, _, text = deliver({"email": provider}, *to, *arguments, templates=str(tmp_path))
    assert code == 0, text
    assert provider.sent[0].content == {
        "subject": "Test message",
        "html": "<p>&lt;Ada&gt; &amp; de to me@example.org</p>",
    }
    code, _, text = deliver({"email": provider}, *to, "--template", "none.html", templates=str(tmp_path))
    assert code == 1
    assert "none.html" in text
    assert len(provider.sent) == 1
