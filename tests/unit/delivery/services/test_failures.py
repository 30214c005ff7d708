"""What every service does with every kind of bad answer: the same."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timezone

import pytest

from novu_core.clock import ManualClock
from novu_core.errors import DeliveryError
from tests.unit.delivery.services.cases import CASES, SECRET, message_of, provider_of
from tests.unit.delivery.test_endless_answers import BODIES, HEADS, saying

BOUND = 15.0
"""Far below what the server would take, far above what a busy machine adds."""
NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
every_service = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def failure(provider, message):
    with pytest.raises(DeliveryError) as failed:
        provider.send(message)
    text = f"{failed.value} {failed.value.__cause__!r} {provider!r}"
    assert SECRET not in text
    return failed.value


@every_service
def test_it_is_accepted(case, server, make_message):
    server.answers = [(case.accepted[0], case.headers, case.accepted[1])]
    provider = provider_of(case, server.url)
    for _ in range(2):
        delivery = provider.send(message_of(case, make_message))
    assert (delivery.provider, delivery.id) == (provider.name, case.id)
    assert delivery.detail["status"] == case.accepted[0]
    assert server.connections == 1
    provider.close()


@every_service
@pytest.mark.parametrize(
    ("status", "headers", "retriable", "after"),
    [
        (429, {}, True, None),
        (429, {"Retry-After": "30"}, True, 30.0),
        (429, {"Retry-After": "Mon, 05 Jan 2026 12:00:45 GMT"}, True, 45.0),
        (429, {"Retry-After": "soon"}, True, None),
        (400, {}, False, None),
        (401, {}, False, None),
        (403, {}, False, None),
        (404, {}, False, None),
        (408, {}, True, None),
        (413, {}, False, None),
        (500, {}, True, None),
        (503, {"Retry-After": "7"}, True, 7.0),
    ],
)
@pytest.mark.parametrize("body", [b"not today", b"\xff\x00{", b"[" * 60_000, b'{"message": 7, "id": {}}'])
def test_refusals(case, server, make_message, status, headers, retriable, after, body):
    server.answers = [(status, headers, body)]
    provider = provider_of(case, server.url, ManualClock(NOON))
    error = failure(provider, message_of(case, make_message))
    assert (error.retriable, error.retry_after) == (retriable, after)
    assert f"answered {status}" in str(error)
    assert len(str(error)) < 1000
    provider.close()


@every_service
def test_a_server_that_repeats_what_it_was_asked_tells_no_secret(case, server, make_message):
    provider = provider_of(case, server.url, ManualClock(NOON))  # a signature over the time is the same each time
    server.answer(401, b"forbidden")
    failure(provider, message_of(case, make_message))
    asked = server.last
    known = [
        value for value in asked.headers.values() if any(part in value for part in ("Bearer", "Basic", "Signature"))
    ]
    for said in (asked.path, SECRET, *known, *(value.split(" ")[-1] for value in known)):
        server.answer(401, said.encode())
        told = str(failure(provider, message_of(case, make_message)))
        assert not [value for value in known if value.split(" ")[-1][:40] in told]
    provider.close()


@every_service
@pytest.mark.parametrize(
    "body", [b"\xff\x00 garbage", b"[" * 60_000, b"[1, 2]", b'{"id": [], "sid": true, "name": {}}']
)
def test_garbage_behind_a_2xx_is_accepted_without_an_id(case, server, make_message, body):
    server.answer(200, body)
    provider = provider_of(case, server.url)
    assert provider.send(message_of(case, make_message)).id is None
    provider.close()


@every_service
@pytest.mark.parametrize("where", ["http://169.254.169.254/latest/meta-data", "https://elsewhere.example/x"])
def test_redirects_are_not_followed(case, server, make_message, where):
    server.answer(307, Location=where)
    provider = provider_of(case, server.url)
    error = failure(provider, message_of(case, make_message))
    assert not error.retriable
    assert "redirects are not followed" in str(error)
    assert len(server.requests) == 1
    provider.close()


@every_service
@pytest.mark.parametrize(
    "script", [HEADS["headers that drip"], HEADS["100 Continue without end"]], ids=["drip", "flood"]
)
def test_an_answer_that_does_not_begin_is_worth_another_attempt(case, make_message, script):
    with saying(script) as port:
        provider = provider_of(case, f"http://127.0.0.1:{port}", timeout=0.3)
        began = time.monotonic()
        assert failure(provider, message_of(case, make_message)).retriable
        assert time.monotonic() - began < BOUND
        provider.close()


@every_service
@pytest.mark.parametrize("script", [BODIES["a body without end"], BODIES["a body that drips"]], ids=["endless", "drip"])
def test_a_body_without_end_does_not_hold_the_message(case, make_message, script):
    with saying(script) as port:
        provider = provider_of(case, f"http://127.0.0.1:{port}", timeout=0.3)
        began = time.monotonic()
        assert provider.send(message_of(case, make_message)).detail["status"] == 200
        assert time.monotonic() - began < BOUND
        provider.close()


@every_service
def test_nobody_listening_is_worth_another_attempt(case, make_message):
    with saying(list) as port:
        pass
    provider = provider_of(case, f"http://127.0.0.1:{port}")
    assert failure(provider, message_of(case, make_message)).retriable


@every_service
def test_a_link_local_address_is_never_asked(case, make_message):
    provider = provider_of(case, "http://169.254.169.254")
    error = failure(provider, message_of(case, make_message))
    assert not error.retriable
    assert "link-local" in str(error)


@every_service
def test_no_log_line_has_a_secret(case, server, make_message, caplog):
    caplog.set_level(logging.DEBUG)
    server.answer(500, b"broken")
    provider = provider_of(case, server.url)
    failure(provider, message_of(case, make_message))
    assert SECRET not in caplog.text
    provider.close()


@every_service
def test_a_greeting_connects_and_asks_for_nothing(case, server, make_message):
    provider = provider_of(case, server.url)
    provider.greet()
    provider.greet()
    server.answers = [(case.accepted[0], case.headers, case.accepted[1])]
    provider.send(message_of(case, make_message))
    assert (server.connections, len(server.requests)) == (1, 1)
    provider.close()


@every_service
def test_a_greeting_tells_why_a_service_is_not_reached(case):
    with saying(list) as port:
        pass
    for base, words in ((f"http://127.0.0.1:{port}", "did not answer"), ("http://169.254.169.254", "link-local")):
        with pytest.raises(DeliveryError, match=words):
            provider_of(case, base).greet()
