"""One attempt of one provider, in its thread or on the loop, and bounded in time."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from novu_core.aio import Blocking, Looped, drive
from novu_core.delivery import Outbox, attempt
from novu_core.delivery.base import TIMEOUT, timeout_of
from novu_core.errors import DeliveryError
from tests.providers import Answering, Asynchronous, Failing, Hanging, Recording

place = contextvars.ContextVar("place", default="nowhere")


def hanging_async():
    go_on = asyncio.Event()
    return Asynchronous(go_on.wait, timeout=0.05, go_on=go_on)


def look():
    return place.get(), threading.current_thread().name


@pytest.mark.parametrize("make", [Hanging, hanging_async])
@pytest.mark.parametrize(("run", "io"), [(drive, Blocking()), (asyncio.run, Looped())], ids=["blocking", "looped"])
def test_a_provider_that_hangs_is_left_behind_with_a_retriable_error(make, run, io):
    provider = make()
    with pytest.raises(DeliveryError, match=r"did not answer within 0.05 seconds") as told:
        run(attempt(provider, "m", io))
    assert told.value.retriable
    assert provider.sent == []
    provider.go_on.set()


@pytest.mark.parametrize("timeout", [None, 5])
def test_an_async_provider_is_awaited_on_the_running_loop(timeout):
    async def running_loop():
        return asyncio.get_running_loop()

    async def main():
        provider = Asynchronous(running_loop, timeout=timeout)
        assert await attempt(provider, "m", Looped()) is asyncio.get_running_loop()

    asyncio.run(main())


def test_a_bounded_provider_sees_the_callers_context_and_its_error_is_raised():
    token = place.set("here")
    try:
        assert drive(attempt(Answering(look), "good", Blocking())) == ("here", "novu-send")
        with pytest.raises(ValueError, match="bad"):
            drive(attempt(Failing(ValueError("bad")), "bad", Blocking()))
    finally:
        place.reset(token)


def test_a_provider_that_bounds_itself_runs_in_the_callers_thread():
    assert drive(attempt(Answering(look, timeout=None), "good", Blocking())) == (
        "nowhere",
        threading.current_thread().name,
    )


@pytest.mark.parametrize(
    ("provider", "seconds"), [(Outbox(), None), (Recording(), TIMEOUT), (Hanging(), 0.05), (Recording(timeout="5"), TIMEOUT)]
)  # fmt: skip
def test_how_long_an_attempt_may_take(provider, seconds):
    assert timeout_of(provider) == seconds
