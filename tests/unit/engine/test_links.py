"""Tokens of links: each opens what it was made for; forged, altered and misused ones open nothing."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st
from itsdangerous.encoding import base64_encode

from novu_core import Registry, SystemClock
from novu_core.bridge import signature
from novu_core.engine.links import Links
from novu_core.managers.inbox_tokens import InboxTokens, hash_of
from novu_core.records.links import Link

NOW = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
SECRET = "nv-secret"
LINKS = Links("https://app.example.org", [SECRET], lambda: "/api/novu")
IDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip)
NEWS = Link("ada", 1_767_614_400_000_000, "news")


@given(IDS, st.integers(0, 2**53), st.none() | IDS)
def test_a_token_opens_what_it_was_made_for(subscriber_id, issued, workflow_id):
    link = Link(subscriber_id, issued, workflow_id)
    token = LINKS.token(link)
    assert LINKS.read(token) == link
    assert token.isascii()
    assert not set(token) & set("/?#% <>")


@given(st.text(max_size=200))
def test_a_made_up_token_opens_nothing(token):
    assert LINKS.read(token) is None


@given(st.integers(0), st.characters())
def test_no_letter_of_a_token_can_be_another(at, letter):
    token = LINKS.token(NEWS)
    at %= len(token)
    if token[at] != letter:
        assert LINKS.read(token[:at] + letter + token[at + 1 :]) is None
    assert LINKS.read(token[:at]) is None
    assert LINKS.read(token[at + 1 :]) is None


def test_no_two_links_have_the_same_token():
    near = [
        Link("ada", 1),
        Link("ada", 1, "news"),
        Link("ada,1", 1),
        Link("ada", 11),
        Link('ada",1,"news', 1),
        Link("ad", 1),
    ]
    assert len({LINKS.token(link) for link in near}) == len(near)


def test_the_newest_secret_signs_and_every_one_is_accepted():
    old, new, both = (Links("https://a.example", secrets) for secrets in (["old"], ["new"], ["new", "old"]))
    assert both.token(NEWS) == new.token(NEWS)
    assert both.read(old.token(NEWS)) == both.read(new.token(NEWS)) == NEWS
    assert old.read(new.token(NEWS)) is None
    assert Links("https://a.example").read(new.token(NEWS)) is None


def test_nothing_signed_for_another_purpose_is_a_link():
    value = base64_encode('["ada",1]').decode()
    for key in (SECRET.encode(), hashlib.sha256(SECRET.encode()).digest(), b"novu link\0" + SECRET.encode()):
        sealed = base64_encode(hmac.digest(key, value.encode(), "sha256")).decode()
        assert LINKS.read(f"{value}.{sealed}") is None
    assert LINKS.read(InboxTokens([SECRET], SystemClock()).issue("ada")) is None
    assert LINKS.read(f"{value}.{hash_of(value, SECRET)}") is None
    assert LINKS.read(signature.sign(SECRET, 1, "{}")) is None


def test_addresses_lead_below_the_prefix_as_it_is_when_they_are_made():
    registry, prefixes = Registry(), iter(["/a", "/b c"])

    @registry.workflow("news")
    def news(step):
        step.email("mail", {"subject": "s", "body": "b"})

    links = Links("https://app.example.org/shop", [SECRET], lambda: next(prefixes))
    assert links.preferences("ada", NOW).startswith("https://app.example.org/shop/a/preferences/")
    assert links.unsubscribe("ada", news, NOW).startswith("https://app.example.org/shop/b%20c/unsubscribe/")
