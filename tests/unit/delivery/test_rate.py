"""A provider's rate: so many messages in any period, and a time of its own for each that has to wait."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta, timezone

import pytest

from novu_core.delivery import Router, provider_from_url
from novu_core.delivery.rate import Pace, Rate, without_rate
from novu_core.errors import ConfigurationError
from novu_core.types import Channel
from tests.providers import Recording

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "count", "seconds"), [("14/s", 14, 1), ("1/m", 1, 60), ("1000/h", 1000, 3600), ("50000/d", 50000, 86_400)]
)
def test_rates(text, count, seconds):
    assert Rate.parse(text) == Rate(count, timedelta(seconds=seconds))
    assert str(Rate.parse(text)) == text


@pytest.mark.parametrize("text", ["", "14", "0/s", "-1/s", "1.5/s", "14/y", "14/ s", "14/s/s", "99999999/s"])
def test_what_is_not_a_rate(text):
    with pytest.raises(ConfigurationError, match="rate must be a number per s, m, h or d, such as 14/s"):
        Rate.parse(text)


def sent(pace, arrivals, late=timedelta()):
    """Let messages arrive, and come again when they are told to, each ``late`` by so much; return when each was sent."""
    queue = [(moment, number, False) for number, moment in enumerate(arrivals)]
    heapq.heapify(queue)
    times = {}
    while queue:
        now, number, waited = heapq.heappop(queue)
        pause = pace.take(now, promised=waited)
        if pause is None:
            times[number] = now
        else:
            assert pause > timedelta()
            heapq.heappush(queue, (now + pause + late * (number % 3), number, True))
    return times


@pytest.mark.parametrize("late", [timedelta(), timedelta(milliseconds=4)])
@pytest.mark.parametrize("rate", ["14/s", "1/s", "30/m"])
def test_no_period_has_more_and_nobody_waits_much_longer_than_needed(rate, late):
    rate = Rate.parse(rate)
    times = sorted(sent(Pace(rate), [NOON] * 100, late).values())
    assert len(times) == 100
    for first, after in zip(times, times[rate.count :], strict=False):
        assert after - first >= rate.period
    needed = rate.period * (100 // rate.count)
    assert times[-1] - NOON <= needed * 1.4 + rate.period


def test_who_waits_goes_before_who_comes_anew():
    pace = Pace(Rate.parse("2/s"))
    arrivals = [NOON] * 10 + [NOON + timedelta(seconds=1, milliseconds=1 + at) for at in range(10)]
    times = sent(pace, arrivals)
    assert max(times[number] for number in range(10)) < min(times[number] for number in range(10, 20))


def test_a_rate_that_was_not_used_up_holds_nobody():
    pace = Pace(Rate.parse("2/s"))
    for second in range(5):
        for _ in range(2):
            assert pace.take(NOON + timedelta(seconds=second), promised=False) is None
    assert pace.take(NOON + timedelta(seconds=4), promised=False) == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("url", "left", "rate"),
    [
        ("smtp://host?from=a@b.c&rate=14/s", "smtp://host?from=a@b.c", "14/s"),
        ("smtp://host?rate=100%2Fm&from=a@b.c", "smtp://host?from=a@b.c", "100/m"),
        ("memory://?rate=1/h", "memory://", "1/h"),
        ("https://host/hook?rate=5/s&x=1", "https://host/hook?x=1", "5/s"),
        ("https://host/hook?rate=hourly", "https://host/hook?rate=hourly", None),
        ("https://host/hook", "https://host/hook", None),
    ],
)
def test_the_rate_of_a_url_is_not_sent_on(url, left, rate):
    assert without_rate(url) == (left, rate and Rate.parse(rate))


def test_a_provider_has_the_rate_of_its_url():
    url = "twilio://AC1:token@api.twilio.com?from=+1&rate=3/s"
    assert str(provider_from_url(url, Channel.SMS).rate) == "3/s"
    with pytest.raises(ConfigurationError, match=r"rate must be a number.*not 'soon'") as refused:
        provider_from_url("twilio://AC1:S3CRET@api.twilio.com?from=+1&rate=soon", Channel.SMS)
    assert "S3CRET" not in str(refused.value)


def test_a_provider_of_ones_own_says_its_rate():
    assert [state.rate for state in Router({"sms": Recording(rate="2/m"), "push": Recording(rate=7)}).states()] == [
        "2/m",
        None,
    ]
    with pytest.raises(ConfigurationError, match="rate must be a number"):
        Router({"sms": Recording(rate="fast")})
