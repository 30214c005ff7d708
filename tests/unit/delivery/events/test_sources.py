"""What reads the reports of each service, made of its key."""

from __future__ import annotations

import sys

import pytest

from novu_core.delivery import Router
from novu_core.delivery.events.sources import SOURCES, source_of
from novu_core.errors import ConfigurationError
from tests import event_posts


@pytest.mark.parametrize("name", sorted(event_posts.keys()))
def test_a_providers_url_has_its_key(name):
    url = event_posts.delivery(name)
    router = Router({"email": [url, "console://"], "sms": "console://"})
    [source] = router.event_sources(name)
    assert source.name == name
    [provider] = [each for each in router.providers("email") if each.name != "console"]
    assert provider.events is source
    assert event_posts.keys()[name][-10:] not in repr(provider)
    for other in {*SOURCES, "nobody"} - {name}:
        assert router.event_sources(other) == []
    assert Router({"email": url.partition("&events_key")[0]}).event_sources(name) == []


def test_a_services_smtp_server_is_named():
    key = event_posts.sendgrid_key()
    router = Router({"email": f"smtps://apikey:KEY@smtp.sendgrid.net?from=a@b.c&events=sendgrid&events_key={key}"})
    assert [source.name for source in router.event_sources("sendgrid")] == ["sendgrid"]
    assert Router({"email": "smtp://h?from=a@b.c&events=sendgrid"}).event_sources("sendgrid") == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smtp://h?from=a@b.c&events=nobody&events_key=12345678", "unknown events 'nobody'"),
        ("smtp://h?from=a@b.c&events_key=12345678", "whsec_"),
        ("smtp://h?from=a@b.c&events_key=", "8 characters"),
        ("postmark://T@h?from=a@b.c&events_key=1234567", "8 characters"),
        ("ses://K:S@email.eu-west-1.amazonaws.com?from=a@b.c&events_key=arn:aws:s3:::bucket", "ARN"),
        ("sendgrid://K@h?from=a@b.c&events_key=MFkwEwYHKoZIzj0", "verification key"),
        ("sendgrid://K@h?from=a@b.c&events_key=not-base64", "verification key"),
        ("resend://K@h?from=a@b.c&events_key=12345678", "unknown option 'events_key'"),
        ("twilio://K:S@h?from=1&events_key=12345678", "unknown option 'events_key'"),
    ],
)  # fmt: skip
def test_a_key_that_cannot_work_is_refused_and_not_shown(url, told):
    with pytest.raises(ConfigurationError, match=told) as error:
        Router({"sms" if url.startswith("twilio") else "email": url})
    assert not any(secret in str(error.value) for secret in ("1234567", "MFkwEwYHKoZIzj0", "not-base64", "s3:::bucket"))


def test_a_key_of_another_kind_is_no_verification_key():
    import base64

    from cryptography.hazmat.primitives import serialization

    der = (
        event_posts.rsa_key()
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(ConfigurationError, match="verification key"):
        source_of("sendgrid", base64.b64encode(der).decode())


@pytest.mark.parametrize("name", ["ses", "sendgrid"])
def test_without_cryptography_the_extra_is_named(monkeypatch, name):
    for module in list(sys.modules):
        if module.partition(".")[0] == "cryptography":
            monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(ConfigurationError, match=r"flask-novu\[bounces\]"):
        source_of(name, event_posts.keys()[name])
