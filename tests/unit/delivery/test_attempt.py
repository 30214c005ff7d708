from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from novu_core.aio import Blocking, Looped, drive
from novu_core.delivery import Outbox, attempt
from novu_core.delivery.base import TIMEOUT, timeout_of
from novu_core.errors import DeliveryError

place = contextvars.ContextVar("place", default="nowhere")


class Hanging:
    timeout = 0.05

    def __init__(self):
        self.go_on = threading.Event()

    def send(self, message):
        self.go_on.wait()


class HangingAsync(Hanging):
    async def send(self, message):
        await asyncio.Event().wait()


class Telling:
    def send(self, message):
        if message == "bad":
            raise ValueError("bad")
        return place.get(), threading.current_thread().name


@pytest.mark.parametrize("kind", [Hanging, HangingAsync])
@pytest.mark.parametrize(("run", "io"), [(drive, Blocking()), (asyncio.run, Looped())], ids=["blocking", "looped"])
def test_a_provider_that_hangs_is_left_behind_with_a_retriable_error(kind, run, io):
    provider = kind()
    with pytest.raises(DeliveryError, match=r"did not answer within 0.05 seconds") as told:
        run(attempt(provider, "m", io))
    assert told.value.retriable
    provider.go_on.set()


@pytest.mark.parametrize("timeout", [None, 5])
def test_an_async_provider_is_awaited_on_the_running_loop(timeout):
    class Looking:
        async def send(self, message):
            return asyncio.get_running_loop()

    async def main():
        assert await attempt(provider, "m", Looped()) is asyncio.get_running_loop()

    provider = Looking()
    provider.timeout = timeout
    asyncio.run(main())


def test_a_bounded_provider_sees_the_callers_context_and_its_error_is_raised():
    token = place.set("here")
    try:
        assert drive(attempt(Telling(), "good", Blocking())) == ("here", "novu-send")
        with pytest.raises(ValueError, match="bad"):
            drive(attempt(Telling(), "bad", Blocking()))
    finally:
        place.reset(token)


def test_a_provider_that_bounds_itself_runs_in_the_callers_thread():
    provider = Telling()
    provider.timeout = None
    assert drive(attempt(provider, "good", Blocking())) == ("nowhere", threading.current_thread().name)


@pytest.mark.parametrize(
    ("provider", "seconds"), [(Outbox(), None), (Telling(), TIMEOUT), (Hanging(), 0.05), (type("Odd", (), {"timeout": "5"})(), TIMEOUT)]
)  # fmt: skip
def test_how_long_an_attempt_may_take(provider, seconds):
    assert timeout_of(provider) == seconds
