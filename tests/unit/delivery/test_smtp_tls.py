"""TLS from the start or by STARTTLS, with and without a password."""

from __future__ import annotations

import ssl

import pytest
from aiosmtpd.smtp import AuthResult

from tests.unit.delivery.mail_servers import failure, provider_for, running, scripted


def check_password(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"me", b"right"), handled=False)


@pytest.fixture(params=["starttls", "tls"])
def secure(request, mailbox, certificate):
    """(port, security, a client context that trusts the server); with starttls the server asks for a password too."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    starttls = {
        "tls_context": context,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": check_password,
    }
    with running(mailbox, **(starttls if request.param == "starttls" else {"ssl_context": context})) as server:
        yield server.port, request.param, ssl.create_default_context(cafile=certificate[0])


def test_tls_with_or_without_a_password(secure, mailbox, make_message):
    port, security, context = secure
    login = {"username": "me", "password": "right"} if security == "starttls" else {}
    with provider_for(port, security=security, context=context, **login) as provider:
        provider.send(make_message())
        provider.send(make_message())
    assert len(mailbox.received) == 2


def test_an_unknown_certificate_is_permanent(secure, make_message):
    port, security, _ = secure
    with provider_for(port, security=security) as provider:
        error = failure(provider, make_message())
    assert not error.retriable
    assert "certificate" in error.message


@pytest.mark.parametrize("secure", ["starttls"], indirect=True)
@pytest.mark.parametrize(("password", "words"), [("wr0ng", "535"), ("wr0ng-schlüssel", "ASCII")])
def test_a_password_that_is_not_taken_is_permanent_and_not_shown(secure, make_message, password, words):
    port, security, context = secure
    with provider_for(port, security=security, context=context, username="me", password=password) as provider:
        error = failure(provider, make_message())
    assert not error.retriable
    assert words in error.message
    assert "wr0ng" not in error.message


def test_tls_to_a_plain_server_says_so(server, make_message):
    with provider_for(server.port, security="tls") as provider:
        error = failure(provider, make_message())
    assert "smtp+starttls://" in error.message


def test_starttls_is_not_left_out_when_the_server_does_not_offer_it(make_message):
    with (
        scripted({}) as (port, heard),
        provider_for(port, security="starttls", username="me", password="x") as provider,
    ):
        error = failure(provider, make_message())
        assert not error.retriable
        assert "STARTTLS" in error.message
        assert (heard["AUTH"], heard["MAIL"]) == (0, 0)
