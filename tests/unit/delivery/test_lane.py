"""One provider's circuit, and how much of the worker it may hold."""

from __future__ import annotations

import asyncio
import logging
import smtplib
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

import pytest

from novu_core.clock import ManualClock
from novu_core.delivery.failure import is_network
from novu_core.delivery.lane import FIRST_PAUSE, LONGEST_PAUSE, OPENS_AFTER, Lane
from novu_core.errors import DeliveryError
from novu_core.types import Channel
from tests.providers import Recording

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)


@pytest.fixture
def clock():
    return ManualClock(NOON)


@pytest.fixture
def lane(clock):
    return Lane(Recording(name="carrier"), Channel.SMS, clock)


def fail(lane, *, often=1, meanwhile=lambda: None):
    def attempt():
        with lane.attempt(last=True):
            meanwhile()
            raise ConnectionRefusedError("nobody listens")

    for _ in range(often):
        with pytest.raises(ConnectionRefusedError):
            attempt()


def succeed(lane):
    with lane.attempt(last=True):
        """Delivered."""


class Answered(Exception):
    status_code = 503


def caused(error, **fields):
    failed = DeliveryError("x", **{"retriable": True, **fields})
    failed.__cause__ = error
    return failed


@pytest.mark.parametrize(
    ("error", "network"),
    [
        (caused(ConnectionResetError()), True),
        (caused(TimeoutError()), True),
        (caused(smtplib.SMTPServerDisconnected("gone")), True),
        (caused(smtplib.SMTPConnectError(-1, "gone")), True),
        (caused(smtplib.SMTPDataError(451, b"later")), False),
        (caused(Answered()), False),
        (caused(DeliveryError("inner", retriable=True)), False),
        (caused(RuntimeError("can't start new thread")), False),
        (caused(ConnectionResetError(), retriable=False), False),
        (DeliveryError("in maintenance", retriable=True), False),
    ],
)
def test_what_counts_as_a_network_failure(error, network):
    assert is_network(error) is network


def test_the_circuit_opens_after_so_many_failures_in_a_row(lane, clock, caplog):
    fail(lane, often=OPENS_AFTER - 1)
    assert lane.state().circuit == "closed"
    assert caplog.records == []
    fail(lane)
    state = lane.state()
    assert (state.circuit, state.failures, state.since, state.until) == ("open", OPENS_AFTER, NOON, NOON + FIRST_PAUSE)
    assert "nobody listens" in state.last_error
    (told,) = caplog.records
    assert told.levelno == logging.WARNING
    assert "The circuit of carrier is open: 5 network failures in a row. It is not used for 10 s." in told.getMessage()


@pytest.mark.parametrize("between", [None, Answered()])
def test_an_answer_between_them_counts_as_none(lane, between):
    fail(lane, often=OPENS_AFTER - 1)
    if between is None:
        succeed(lane)
    else:
        with pytest.raises(Answered), lane.attempt(last=True):
            raise between
    fail(lane, often=OPENS_AFTER - 1)
    assert lane.state().circuit == "closed"


@pytest.mark.parametrize("last", [True, False])
def test_while_it_is_open_every_attempt_fails_at_once(lane, clock, last):
    fail(lane, often=OPENS_AFTER)
    clock.advance(timedelta(seconds=4))
    assert lane.hold(waited=False) is None
    told = "carrier is not used before 2026-01-05T12:00:10"
    with pytest.raises(DeliveryError, match=told) as refused, lane.attempt(last=last):
        pytest.fail("it was asked")
    assert (refused.value.retriable, refused.value.retry_after) == (last, 6.0)
    assert lane.state().failures == OPENS_AFTER


def test_then_one_attempt_decides(lane, clock, caplog):
    fail(lane, often=OPENS_AFTER)
    pauses = []
    for _ in range(7):
        clock.set(lane.state().until)
        assert lane.state().circuit == "trying"
        assert lane.hold(waited=True) is None
        meanwhile = []
        fail(lane, meanwhile=lambda held=meanwhile: held.extend(lane.hold(waited=True) for _ in range(2)))
        assert meanwhile == [timedelta(seconds=0.25), timedelta(seconds=0.5)]
        pauses.append(lane.state().until - clock.now())
    assert pauses == [FIRST_PAUSE * 2, FIRST_PAUSE * 4, FIRST_PAUSE * 8, FIRST_PAUSE * 16] + [LONGEST_PAUSE] * 3
    assert lane.state().since == NOON
    clock.set(lane.state().until)
    succeed(lane)
    state = lane.state()
    assert (state.circuit, state.failures, state.since, state.last_error) == ("closed", 0, None, None)
    assert caplog.records[-1].getMessage() == "The circuit of carrier is closed again: it answers."
    fail(lane, often=OPENS_AFTER)
    assert lane.state().until - clock.now() == FIRST_PAUSE


def test_attempts_that_end_after_it_opened_change_nothing(lane, clock):
    def meanwhile():
        fail(lane, often=OPENS_AFTER)
        clock.advance(timedelta(seconds=1))

    fail(lane, meanwhile=meanwhile)
    assert lane.state().until == NOON + FIRST_PAUSE


def test_an_attempt_that_was_given_up_says_nothing(lane):
    fail(lane, often=2)
    with pytest.raises(KeyboardInterrupt), lane.attempt(last=True):
        raise KeyboardInterrupt
    assert (lane.state().failures, lane.state().in_progress) == (2, 0)


def test_a_timeout_of_an_await_counts(lane):
    with pytest.raises(asyncio.TimeoutError), lane.attempt(last=True):
        raise asyncio.TimeoutError
    assert lane.state().failures == 1


def test_a_healthy_provider_has_as_many_attempts_as_there_are(lane):
    with ExitStack() as stack:
        for _ in range(20):
            assert lane.hold(waited=False) is None
            stack.enter_context(lane.attempt(last=True))
        assert lane.state().in_progress == 20


def test_one_that_fails_or_is_slow_has_two_at_a_time(lane, clock):
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(lane.attempt(last=True))
        clock.advance(timedelta(seconds=10))
        assert lane.hold(waited=False) is None
        clock.advance(timedelta(seconds=1))
        held = [lane.hold(waited=False) for _ in range(200)]
        assert held[:2] == [timedelta(seconds=0.25), timedelta(seconds=0.5)]
        assert held[-1] == timedelta(seconds=30)
    assert lane.hold(waited=False) is None
    fail(lane)
    with ExitStack() as stack:
        stack.enter_context(lane.attempt(last=True))
        assert lane.hold(waited=False) is None
        stack.enter_context(lane.attempt(last=True))
        assert lane.hold(waited=False) is not None


def test_the_state_as_json(lane):
    fail(lane, often=OPENS_AFTER)
    assert lane.state().to_json() == {
        "channel": "sms",
        "provider": "carrier",
        "circuit": "open",
        "failures": 5,
        "since": "2026-01-05T12:00:00+00:00",
        "until": "2026-01-05T12:00:10+00:00",
        "last_error": "ConnectionRefusedError: nobody listens",
        "rate": None,
        "in_progress": 0,
    }
    assert Lane(Recording(), None, ManualClock(NOON)).state().to_json()["channel"] is None
