"""Pauses between attempts, and what follows a failed one."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.delivery import GiveUp, NextProvider, RetryLater, next_attempt
from novu_core.errors import DeliveryError
from novu_core.schedules.retry import MAX_RETRY_AFTER, Retry

seconds = st.floats(min_value=0, max_value=1e6)
chance = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(st.integers(1, 10**9), seconds, seconds, st.integers(1, 10**9), chance, st.none() | st.floats())
@settings(max_examples=200, deadline=None)
def test_a_pause_is_within_its_ceiling_and_never_before_retry_after(attempts, one, other, attempt, draw, after):
    retry = Retry(attempts, min(one, other), max(one, other))
    pause = retry.pause(attempt, lambda: draw, after)
    if attempt >= attempts:
        assert pause is None
        return
    least = 0.0 if after is None or math.isnan(after) else min(max(after, 0.0), MAX_RETRY_AFTER)
    assert timedelta(seconds=least) <= pause <= timedelta(seconds=max(retry.cap, least))


@given(st.integers(1, 60), chance)
@settings(max_examples=100, deadline=None)
def test_the_ceiling_doubles_until_the_cap(attempt, draw):
    retry = Retry(attempts=61, base=1, cap=50)
    assert retry.pause(attempt, lambda: draw) == timedelta(seconds=draw * min(50, 2 ** (attempt - 1)))


def test_the_defaults_draw_from_5_10_and_20_seconds():
    pauses = [Retry().pause(attempt, lambda: 0.5) for attempt in (1, 2, 3, 4)]
    assert pauses == [timedelta(seconds=2.5), timedelta(seconds=5), timedelta(seconds=10), None]
    assert Retry().attempts == 4


def test_no_draw_is_made_once_the_attempts_are_used_up():
    def draw():
        raise AssertionError

    assert Retry(attempts=1).pause(1, draw) is None
    assert Retry(attempts=3).pause(4, draw, retry_after=10) is None


def test_retry_after_is_a_minimum_that_may_exceed_the_cap_but_not_a_day():
    retry = Retry(base=10, cap=20)
    assert retry.pause(1, lambda: 0.9, retry_after=3) == timedelta(seconds=9)
    assert retry.pause(1, lambda: 0.9, retry_after=120) == timedelta(seconds=120)
    assert retry.pause(1, lambda: 0.9, retry_after=10**9) == timedelta(days=1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"attempts": 0}, "attempts"),
        ({"attempts": -1}, "attempts"),
        ({"attempts": 2.5}, "attempts"),
        ({"attempts": True}, "attempts"),
        ({"attempts": "4"}, "attempts"),
        ({"attempts": math.inf}, "attempts"),
        ({"base": -1}, "base"),
        ({"base": math.nan}, "base"),
        ({"base": "1"}, "base"),
        ({"cap": math.inf}, "cap"),
        ({"cap": None}, "cap"),
        ({"base": 10, "cap": 5}, "base (10) must not be larger than cap (5)"),
    ],
)
def test_values_that_make_no_sense_are_refused_by_name(arguments, words):
    with pytest.raises(ValueError) as refused:
        Retry(**arguments)
    assert words in str(refused.value)


RETRIABLE = DeliveryError("busy", retriable=True)
PERMANENT = DeliveryError("no such user")


@pytest.mark.parametrize(
    ("error", "attempt", "index", "count", "expected"),
    [
        (RETRIABLE, 1, 0, 1, RetryLater(2.0)),
        (RETRIABLE, 2, 0, 2, RetryLater(4.0)),
        (RETRIABLE, 3, 0, 2, NextProvider(1)),
        (RETRIABLE, 3, 1, 2, GiveUp()),
        (RETRIABLE, 9, 0, 1, GiveUp()),
        (PERMANENT, 1, 0, 3, NextProvider(1)),
        (PERMANENT, 1, 2, 3, GiveUp()),
        (PERMANENT, 1, 5, 3, GiveUp()),
        (DeliveryError("slow down", retriable=True, retry_after=30), 1, 0, 1, RetryLater(30)),
        (DeliveryError("gone", retriable=False, retry_after=30), 1, 0, 1, GiveUp()),
    ],
)
def test_what_follows_a_failed_attempt(error, attempt, index, count, expected):
    assert next_attempt(error, attempt, index, count, Retry(3, base=4, cap=60), lambda: 0.5) == expected


def test_every_chain_of_failures_ends_after_attempts_times_providers():
    retry, index, attempt, sent = Retry(3), 0, 1, 0
    while True:
        sent += 1
        decision = next_attempt(RETRIABLE, attempt, index, 2, retry, lambda: 0.0)
        if isinstance(decision, GiveUp):
            break
        if isinstance(decision, NextProvider):
            index, attempt = decision.index, 1
        else:
            attempt += 1
    assert sent == 6
