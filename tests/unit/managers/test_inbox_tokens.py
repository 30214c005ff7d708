"""What opens an inbox: forged, altered, expired and misused tokens and hashes open none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_core import Client, ManualClock, Registry, inbox_hash
from novu_core.bridge import signature
from novu_core.errors import (
    AuthenticationError,
    ConfigurationError,
    InboxTokenInvalidError,
    SubscriberNotFoundError,
    ValidationError,
)
from novu_core.managers import inbox_tokens
from novu_core.managers.inbox_tokens import InboxTokens, hash_of, is_hash

NOW = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
SECRET = "nv-secret"


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
def tokens(clock):
    return InboxTokens([SECRET], clock)


def encoded(data):
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


CLAIMS = encoded({"subscriberId": "victim", "aud": "widget_user", "exp": 2_000_000_000})


def refused(tokens, token):
    with pytest.raises(InboxTokenInvalidError) as caught:
        tokens.subscriber_of(token)
    assert caught.value.status_code == 401
    assert isinstance(caught.value, AuthenticationError)


@pytest.mark.parametrize("name", ["ada", "a/b", "ü\U0001f600", "1767614400000.{}", f"x.{CLAIMS}", " a "])
def test_a_token_opens_the_inbox_that_it_was_issued_for(tokens, name):
    token = tokens.issue(name)
    assert tokens.subscriber_of(token) == name
    assert token.isascii()
    assert not set(token) & set(" /+=&?%#\r\n")


def test_it_lasts_for_15_days(tokens, clock):
    token = tokens.issue("ada")
    clock.advance(timedelta(days=15) - timedelta(seconds=1))
    assert tokens.subscriber_of(token) == "ada"
    clock.advance(timedelta(seconds=1))
    refused(tokens, token)


@given(st.text())
def test_no_text_is_a_token(text):
    refused(InboxTokens([SECRET], ManualClock(NOW)), text)


def test_no_altered_token_is_one(tokens):
    token = tokens.issue("ada")
    for at, letter in enumerate(token):
        for other in {"A", "B", "_", ".", chr(ord(letter) ^ 1)} - {letter}:
            refused(tokens, token[:at] + other + token[at + 1 :])
    for altered in (
        token + "=",
        token + "A",
        "=" + token,
        token[:-1],
        token.partition(".")[0],
        token + " ",
        "ü" + token,
    ):
        refused(tokens, altered)


def test_every_secret_of_a_rotation_is_accepted_and_the_newest_signs(clock):
    old, new = InboxTokens(["old"], clock), InboxTokens(["new"], clock)
    both = InboxTokens(["new", "old"], clock)
    assert both.subscriber_of(old.issue("ada")) == "ada"
    assert new.subscriber_of(both.issue("ada")) == "ada"
    refused(old, both.issue("ada"))
    refused(both, InboxTokens(["older"], clock).issue("ada"))


def test_a_token_for_another_audience_is_refused(tokens, monkeypatch):
    monkeypatch.setattr(inbox_tokens, "_AUDIENCE", "somebody else")
    token = tokens.issue("ada")
    monkeypatch.undo()
    refused(tokens, token)


LABELS = [inbox_tokens._LABEL, inbox_tokens._LABEL.strip(b"\0"), b"itsdangerous.Signer", b"itsdangerous.Signersigner"]
HEAD = encoded({"alg": "HS256", "typ": "JWT"})


@pytest.mark.parametrize("text", [CLAIMS, f"{HEAD}.{CLAIMS}", f"{CLAIMS}.", f"{CLAIMS}.sig", "", "ada"])
def test_no_subscriber_hash_signs_a_token(tokens, text):
    """A user may be named like what a token signs: the hash, as an app hands it out, is no signature of it."""
    digest = hmac.digest(SECRET.encode(), text.encode(), "sha256")
    assert not text or hash_of(text, SECRET) == digest.hex()
    for form in (digest.hex(), base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), digest.hex().upper()):
        refused(tokens, f"{text}.{form}")
        refused(tokens, form)


@pytest.mark.parametrize("label", LABELS)
def test_no_subscriber_hash_is_the_key_of_tokens(tokens, label):
    """A user may be named like the label of the key: the hash, as bytes or as text, signs nothing."""
    raw = hmac.digest(SECRET.encode(), label, "sha256")
    for key in (raw, raw.hex().encode(), SECRET.encode(), label + SECRET.encode()):
        for derived in (key, hashlib.sha256(key).digest(), hmac.digest(key, label, "sha256")):
            sent = hmac.digest(derived, CLAIMS.encode(), "sha256")
            if derived != hashlib.sha256(inbox_tokens._LABEL + SECRET.encode()).digest():
                refused(tokens, f"{CLAIMS}.{base64.urlsafe_b64encode(sent).rstrip(b'=').decode()}")


def test_a_hash_is_what_novus_clients_send():
    # by OpenSSL: printf %s ada | openssl dgst -sha256 -hmac nv-secret
    assert hash_of("ada", SECRET) == hmac.new(b"nv-secret", b"ada", hashlib.sha256).hexdigest()
    assert is_hash(hash_of("ada", SECRET), "ada", [SECRET])
    assert is_hash(hash_of("ada", "old"), "ada", [SECRET, "old"])


@pytest.mark.parametrize(
    "given", ["", "x", "ü", "\ud800", "f" * 64, hash_of("ada", SECRET).upper(), hash_of("ada", "no")]
)
def test_another_text_is_no_hash(given):
    assert not is_hash(given, "ada", [SECRET])
    assert not is_hash(hash_of("ada", SECRET), "eve", [SECRET])
    assert not is_hash(hash_of("ada", SECRET), "ada", [])


def test_no_hash_signs_a_request_to_the_bridge():
    now = NOW.timestamp() * 1000
    header = signature.sign(SECRET, now, "{}")
    signature.verify(header, "{}", [SECRET], now)
    name, digest = "1767614400000.{}", header.partition("v1=")[2]
    assert digest == hmac.new(SECRET.encode(), name.encode(), hashlib.sha256).hexdigest()
    with pytest.raises(ValidationError, match="digits and a dot"):
        hash_of(name, SECRET)
    assert not is_hash(digest, name, [SECRET])
    for stamp in (now, now + 0.5, now - 299_999):
        signed = signature.sign(SECRET, stamp, "x")
        with pytest.raises(ValidationError):
            hash_of(signed.partition(",")[0].removeprefix("t=") + ".x", SECRET)


@pytest.mark.parametrize("name", ["", " ", None, 3, "a\0", "\ud800"])
def test_what_is_no_id_gets_neither(tokens, name):
    with pytest.raises(ValidationError):
        hash_of(name, SECRET)
    with pytest.raises(ValidationError):
        tokens.issue(name)


def make(**settings):
    return Client({"store_url": "sqlite://", **settings}, Registry())


def test_inbox_hash_takes_the_newest_secret_of_the_client_in_use(monkeypatch):
    monkeypatch.delenv("NOVU_SECRET_KEY", raising=False)
    assert inbox_hash("ada", "given") == hash_of("ada", "given")
    with make(secret_key=["new", "old"]):
        assert inbox_hash("ada") == hash_of("ada", "new")
    with make(secret_key=[]), pytest.raises(ConfigurationError, match="Set NOVU_SECRET_KEY"):
        inbox_hash("ada")


def test_inbox_hash_without_a_client_asks_the_environment(monkeypatch):
    monkeypatch.setenv("NOVU_SECRET_KEY", "of the environment")
    monkeypatch.setattr("novu_core.client.hashes.frameworks", [])
    monkeypatch.setattr("novu_core.client.hashes.live", [])
    assert inbox_hash("ada") == hash_of("ada", "of the environment")
    alone = make(secret_key="its own")
    monkeypatch.setattr("novu_core.client.hashes.live", [alone])
    assert inbox_hash("ada") == hash_of("ada", "its own")
    alone.close()


def test_a_clients_token_stores_a_subscriber_who_is_not_known():
    with make(secret_key=SECRET) as client:
        with pytest.raises(SubscriberNotFoundError):
            client.subscribers.get("ada")
        client.subscribers.upsert("bob", firstName="Bob")
        for name in ("ada", "bob"):
            assert client.inbox_tokens.subscriber_of(client.inbox(name).token()) == name
            assert client.subscribers.get(name).subscriber_id == name
        assert client.subscribers.get("bob").first_name == "Bob"


def test_without_a_secret_only_what_is_not_strict_has_tokens():
    with make(secret_key=[]) as client, pytest.raises(ConfigurationError, match="Set NOVU_SECRET_KEY"):
        client.inbox("ada").token()
    with make(secret_key=[], strict_authentication=False) as client, make(strict_authentication=False) as other:
        token = client.inbox("ada").token()
        assert other.inbox_tokens.subscriber_of(token) == "ada"  # of the process
        refused(InboxTokens([], client.clock), token)
        refused(InboxTokens([b"another process"], client.clock), token)
