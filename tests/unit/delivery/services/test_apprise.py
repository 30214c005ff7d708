"""Apprise's services, by its own URLs."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from novu_core.delivery import Router, provider_from_url
from novu_core.delivery.services import apprise_urls
from novu_core.errors import ConfigurationError, DeliveryError
from novu_core.types import Channel

PERSON = SimpleNamespace(subscriber_id="ann/1", email="ann@example.com", phone="+15550100", data={}, channels=[])


pytest.importorskip("apprise")


def provider_of(url):
    return provider_from_url(url, Channel.CHAT)


def send(provider, make_message, **fields):
    return provider.send(make_message(**{"channel": "chat", "to": None, "subscriber": PERSON, **fields}))


def failure(provider, make_message, **fields):
    with pytest.raises(DeliveryError) as failed:
        send(provider, make_message, **fields)
    return failed.value


def test_a_url_of_apprise(server, make_message):
    provider = provider_of(f"json://127.0.0.1:{server.port}/hook/S3CRET")
    delivery = send(provider, make_message)
    assert (delivery.provider, delivery.detail) == ("apprise", {"service": "json"})
    assert server.last.path.startswith("/hook/S3CRET")
    assert (server.last.json()["title"], server.last.json()["message"]) == ("Hello", "Hi Ann")
    assert repr(provider) == "<Apprise json>"
    assert not provider.needs_address


def test_a_scheme_that_is_ours_too_is_apprises_with_a_prefix():
    assert provider_of("slack://").name == "slack"
    assert provider_of("apprise+slack://TJJKK1111/B12345678/abcdefghij1234567890abcd").name == "apprise"


def test_the_subscribers_address_and_credentials_are_filled_in_and_escaped(server, make_message):
    provider = provider_of(f"json://127.0.0.1:{server.port}/{{to}}/{{subscriber_id}}/{{credentials[chat]}}")
    channels = [
        {"providerId": "slack", "credentials": {"chat": "wrong", "other": "x"}},
        {"providerId": "json", "credentials": {"chat": "a b/?&@c"}},
    ]
    person = SimpleNamespace(**{**vars(PERSON), "channels": channels})
    send(provider, make_message, to="me@x/../y?z=1", subscriber=person)
    assert [unquote(part) for part in server.last.path.split("/")] == ["", "me@x/../y?z=1", "ann/1", "a b/?&@c"]
    assert provider.needs_address
    other = provider_of(f"json://127.0.0.1:{server.port}/{{credentials[other]}}")
    send(other, make_message, subscriber=person)
    assert server.last.path == "/x"


@pytest.mark.parametrize("place", ["{to}", "{credentials[chat]}"])
def test_what_the_subscriber_lacks_is_told_and_nothing_is_asked(server, make_message, place):
    error = failure(provider_of(f"json://127.0.0.1:{server.port}/{place}"), make_message)
    assert not error.retriable
    assert f"the subscriber has no {place}" in str(error)
    assert server.requests == []


@pytest.mark.parametrize("status", [429, 404, 500])
def test_no_is_worth_another_attempt_and_says_what_apprise_said_but_no_secret(server, make_message, status, caplog):
    caplog.set_level(logging.DEBUG)
    server.answer(status, b"no")
    provider = provider_of(f"json://user:S3CRET-pass@127.0.0.1:{server.port}/S3CRET-path?+X-Key=S3CRET-header")
    error = failure(provider, make_message)
    assert error.retriable
    assert f"error={status}" in str(error) or str(status) in str(error)
    assert "S3CRET" not in str(error)
    assert "S3CRET" not in caplog.text


def test_nobody_listening_is_worth_another_attempt(make_message):
    assert failure(provider_of("json://127.0.0.1:1/x"), make_message).retriable


def test_it_does_not_sleep_between_sends(server, make_message, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail(f"it slept for {seconds} s"))
    provider = provider_of(f"json://127.0.0.1:{server.port}/x")
    for _ in range(3):
        send(provider, make_message)
    plugin = apprise_urls._plugin("tgram://123456789:abcdefg_hijklmnop/12315544/")
    assert plugin.request_rate_per_sec == 0


def test_attachments_and_what_it_cannot_send(server, make_message):
    files = [{"name": "a.txt", "content": "aGk=", "type": "text/plain"}]
    provider = provider_of(f"json://127.0.0.1:{server.port}/x")
    send(provider, make_message, content={"body": "x", "attachments": files})
    (attached,) = server.last.json()["attachments"]
    assert (attached["filename"], attached["base64"]) == ("a.txt", "aGk=")
    error = failure(provider, make_message, content={"body": "x", "cc": "a@b.c", "headers": {"X": "y"}})
    assert "cannot send 'cc', 'headers'" in str(error)
    assert not error.retriable
    pushed = provider_of("apprise+prowl://" + "a" * 40)
    assert "cannot send 'attachments'" in str(
        failure(pushed, make_message, content={"body": "x", "attachments": files})
    )


@pytest.mark.parametrize("url", ["tgram://S3CRET", "mailto://", "apprise+nosuch://S3CRET", "apprise+slack://S3CRET"])
def test_a_url_that_apprise_does_not_take(url, caplog):
    with pytest.raises(ConfigurationError) as refused:
        Router({"chat": url})
    assert "S3CRET" not in str(refused.value) + caplog.text
