"""Whatever is posted as a report, it is read or refused, and what is read can be stored."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.codec import fault_of_text
from novu_core.delivery.events.base import Post
from novu_core.delivery.events.sources import source_of
from novu_core.errors import AuthenticationError, RequestInvalidError
from tests import event_posts
from tests.event_posts import Bounce, dsn

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
NAMES = ["mailgun", "postmark", "sendgrid", "ses"]
SOURCES = {name: source_of(name, key) for name, key in event_posts.keys().items()}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def read(name, body):
    try:
        events = SOURCES[name].read(Post({}, body, NOON)).events
    except RequestInvalidError:
        return []
    for event in events:
        assert event.kind in ("hard_bounce", "soft_bounce", "complaint")
        assert event.at <= NOON
        texts = [event.event_id, event.reason, *event.addresses, *event.message_ids]
        assert all(isinstance(text, str) and fault_of_text(text) is None and len(text) < 2000 for text in texts)
    return events


def changed(draw, data):
    """The same data with some values replaced, at any depth."""
    if draw(st.integers(0, 9)) == 0:
        return draw(JSON)
    if isinstance(data, dict):
        return {name: changed(draw, value) for name, value in data.items()}
    if isinstance(data, list):
        return [changed(draw, value) for value in data]
    return data


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_reports_of_which_parts_are_anything(name, data):
    kind = data.draw(st.sampled_from(["hard", "soft", "complaint"]))
    inner = changed(data.draw, Bounce(name, "<a@b.c>").data(NOON, kind))
    whole = {"mailgun": {"event-data": inner, "signature": {"token": "t"}}, "ses": {"Type": "Notification", "Message": json.dumps(inner)}}  # fmt: skip
    read(name, json.dumps(whole.get(name, inner)).encode())


@pytest.mark.parametrize("name", sorted(SOURCES))
@given(body=st.binary(max_size=200) | JSON.map(lambda data: json.dumps(data).encode()))
@settings(max_examples=100, deadline=None)
def test_whatever_is_posted_unsigned_is_refused(name, body):
    headers = dict.fromkeys(("authorization", "webhook-id", "webhook-timestamp", "webhook-signature"), "x")
    with pytest.raises((AuthenticationError, RequestInvalidError)):
        SOURCES[name].verify(Post(headers, body, NOON))
    read(name, body)


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_mails_of_which_lines_are_anything(data):
    lines = dsn("<a@b.c>", "ada@example.org").split(b"\n")
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        other = data.draw(st.sampled_from(lines) | st.binary(max_size=40))
        lines[at : at + data.draw(st.integers(0, 2))] = [other]
    read("rfc3464", b"\n".join(lines))


@given(
    address=st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?@[a-z]{1,8}\.example", fullmatch=True),
    ids=st.from_regex(r"<[a-z0-9]{1,30}@[a-z]{1,8}\.example>", fullmatch=True),
    status=st.from_regex(r"[45]\.[0-7]\.[0-9]{1,2}", fullmatch=True),
)
@settings(max_examples=100, deadline=None)
def test_a_report_says_what_was_put_into_it(address, ids, status):
    [event] = read("rfc3464", dsn(ids, address, status))
    hard = status.startswith("5.1.") and status not in ("5.1.7", "5.1.8")
    assert (event.kind, event.addresses) == ("hard_bounce" if hard else "soft_bounce", (address,))
    assert ids in event.message_ids
