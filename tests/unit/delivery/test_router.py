"""Which providers a channel has, and what is told of settings that cannot work."""

from __future__ import annotations

import pytest

from novu_core.delivery import SMTP, Console, Outbox, Router, Webhook, provider_from_url, redact
from novu_core.errors import ConfigurationError
from novu_core.types import Channel
from tests.providers import Recording


def texts():
    return Recording(channel="sms")


def test_a_channels_providers_in_order():
    sms = texts()
    router = Router(
        {"sms": [sms, "https://hooks.example/x"], Channel.EMAIL: "smtp://localhost?from=a@b.c", "chat": None}
    )
    assert router.providers(Channel.SMS)[0] is sms
    assert isinstance(router.providers(Channel.SMS)[1], Webhook)
    assert isinstance(router.providers(Channel.EMAIL)[0], SMTP)
    assert router.providers(Channel.CHAT) == []


def test_the_default_serves_channels_that_are_not_set():
    console, sms = Console(), texts()
    router = Router({"sms": sms}, default=console)
    assert router.providers(Channel.EMAIL) == [console]
    assert router.providers(Channel.SMS) == [sms]
    assert Router(default=sms).providers(Channel.EMAIL) == []
    assert Router().providers(Channel.EMAIL) == []


def test_an_empty_outbox_is_a_default_too():
    assert len(Router(default=Outbox()).providers(Channel.PUSH)) == 1


def test_the_list_given_out_is_a_copy():
    router = Router({"sms": texts()})
    router.providers(Channel.SMS).clear()
    assert len(router.providers(Channel.SMS)) == 1


def test_one_url_is_one_provider():
    router = Router({"sms": "memory://", "push": ["memory://", "console://"]})
    assert router.providers(Channel.SMS)[0] is router.providers(Channel.PUSH)[0]


def test_close_closes_each_provider_once():
    sms, console = texts(), Console()
    router = Router({"sms": [sms, sms], "push": "memory://"}, default=console)
    router.close()
    assert sms.closed == 1
    Router().close()


def test_a_missing_provider_says_what_to_set():
    text = Router().missing(Channel.SMS)
    assert "'sms'" in text
    assert "NOVU_DELIVERY" in text
    assert "smtp://" in Router().missing(Channel.EMAIL)


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        ("smtp://localhost?from=a@b.c", ["NOVU_DELIVERY must map channels", "str"]),
        ({"fax": "console://"}, ["'fax' is not a channel", "in_app, email, sms"]),
        ({"sms": []}, ["'sms'", "empty"]),
        ({"sms": object()}, ["'sms'", "object is not a provider", "send(message)"]),
        ({"sms": 7}, ["'sms'", "int is not a provider"]),
        ({"sms": Recording}, ["Recording is a class", "Recording(...)"]),
        ({"email": texts()}, ["'email'", "Recording serves only the channel 'sms'"]),
        ({"email": ["console://", "smtp://localhost"]}, ["'email'", "smtp://localhost", "?from="]),
        ({"email": "smtp://localhost?from=a@b.c", "sms": "smtp://localhost?from=a@b.c"}, ["'sms'", "e-mail only"]),
    ],
)
def test_a_bad_setting_names_the_channel_and_the_fix(delivery, words):
    with pytest.raises(ConfigurationError) as refused:
        Router(delivery)
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize(
    ("url", "host", "port", "security", "sender"),
    [
        ("smtp://mail.example?from=a@b.c", "mail.example", 25, "plain", "a@b.c"),
        ("smtp://localhost:1025?from=a+tag@b.c", "localhost", 1025, "plain", "a+tag@b.c"),
        ("smtp://localhost:1025/?from=a%2Btag%40b.c", "localhost", 1025, "plain", "a+tag@b.c"),
        ("smtps://mail.example?from=a@b.c&timeout=2.5", "mail.example", 465, "tls", "a@b.c"),
        ("smtp+starttls://mail.example?from=Shop%20<a@b.c>", "mail.example", 587, "starttls", "Shop <a@b.c>"),
        ("smtp://[::1]:25?from=My+Shop+%3Ca%2Bx%40b.c%3E", "::1", 25, "plain", "My Shop <a+x@b.c>"),
        ("  smtp://mail.example?from=a@b.c\n", "mail.example", 25, "plain", "a@b.c"),
    ],
)
def test_smtp_urls(url, host, port, security, sender):
    provider = provider_from_url(url, Channel.EMAIL)
    assert isinstance(provider, SMTP)
    assert (provider.host, provider.port, provider.security, str(provider.sender)) == (host, port, security, sender)


def test_user_and_password_are_decoded_and_never_shown():
    provider = provider_from_url("smtps://me%40x:p%40ss%2F@host?from=a@b.c", Channel.EMAIL)
    assert provider._login == ("me@x", "p@ss/")
    assert repr(provider) == "<SMTP host:465 (tls)>"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("console://", Console),
        ("memory://", Outbox),
        ("http://localhost:8025/x", Webhook),
        ("https://x.example", Webhook),
    ],
)
def test_other_urls(url, kind):
    assert isinstance(provider_from_url(url, Channel.SMS), kind)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "unknown scheme ''"),
        ("mail.example", "unknown scheme"),
        ("ftp://user:S3CRET@host", "unknown scheme 'ftp'"),
        ("smtp://user:S3CRET@host", "the sender is missing"),
        ("smtp://user:S3CRET@host?from=", "the sender is missing"),
        ("smtp://user:S3CRET@host?from=nobody", "'nobody' is not an e-mail address"),
        ("smtp://user:S3CRET@host:99999?from=a@b.c", "a number from 1 to 65535"),
        ("smtp://user:S3CRET@host:abc?from=a@b.c", "a number from 1 to 65535"),
        ("smtp://host:0?from=a@b.c", "from 1 to 65535"),
        ("smtp://user:S3CRET@?from=a@b.c", "host:port"),
        ("smtp://user:S3CRET@host/path?from=a@b.c", "host:port"),
        ("smtp://user:S3/CRET@host?from=a@b.c", "%2F"),
        ("smtp://user:S3?CRET@host?from=a@b.c", "%3F"),
        ("smtp://user:1?S3CRET@host?from=a@b.c", "unknown option '***'"),
        ("smtp://user:S3#CRET@host?from=a@b.c", "%23"),
        ("smtp://user:S3 CRET@host?from=a@b.c", "%20"),
        ("smtp://:S3CRET@host?from=a@b.c", "no user name"),
        ("smtp://[::1?from=a@b.c", "cannot be read"),
        ("smtp://user:S3CRET@host?form=a@b.c", "unknown option 'form'"),
        ("smtp://host?from=a@b.c&timeout=soon", "timeout"),
        ("smtp://host?from=a@b.c&timeout=0", "timeout"),
        ("smtp://host?from=a@b.c&timeout=nan", "timeout"),
        ("https://user:S3CRET@/x", "https://host"),
        ("https://host:0/S3CRET?token=S3CRET", "65535"),
        ("https://höst/S3CRET", "percent-encoded"),
    ],
)
def test_a_bad_url_names_the_channel_and_the_fix_and_no_secret(url, words):
    with pytest.raises(ConfigurationError) as refused:
        provider_from_url(url, Channel.EMAIL)
    text = str(refused.value)
    assert text.startswith("NOVU_DELIVERY, channel 'email': ")
    assert words in text
    assert "S3" not in text
    assert "CRET" not in text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("smtp://user:secret@host:25?from=a@b.c", "smtp://user:***@host:25?from=a@b.c"),
        ("smtp://token@host", "smtp://***@host"),
        ("https://hooks.example/T0/secret?key=secret&timeout=3", "https://hooks.example/...?***&timeout=3"),
        ("https://x.example:8443/", "https://x.example:8443/"),
        ("smtp://[::1]:25?from=a@b.c", "smtp://[::1]:25?from=a@b.c"),
        ("secret", "'***'"),
    ],
)
def test_redacted_urls(url, shown):
    assert redact(url) == shown


def test_what_is_printed_of_a_router_has_no_secret():
    router = Router(
        {"email": "smtp://user:S3CRET@host?from=a@b.c", "sms": "https://x.example/S3CRET", "chat": "memory://"}
    )
    assert repr(router) == (
        "<Router email: [<SMTP host:25 (plain)>], sms: [<Webhook to x.example>], chat: [<Outbox: 0 messages>]>"
    )
    assert repr(Router({"push": Console()})) == "<Router push: [Console()]>"
