"""One attempt of one provider, bounded in time."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import queue
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from novu_core.aio import IO, in_event_loop, is_async_callable
from novu_core.delivery import senders
from novu_core.delivery.base import Message, provider_name, timeout_of
from novu_core.errors import DeliveryError, text_of


async def attempt(provider: Any, message: Message, io: IO) -> Any:
    """Send, and return what the provider answered.

    Raises what the provider raises, and a retriable DeliveryError after the provider's ``timeout``. A ``send`` that
    hangs is left behind in its daemon thread: nothing else waits for it, and what it may still do counts as not done.
    Where too many of this provider's hang already, and where no thread can start, the attempt fails at once, retriable.
    """
    seconds = timeout_of(provider)
    if is_async_callable(provider.send):
        answer = provider.send(message)
    elif seconds is None:
        answer = await io.slow(provider.send, message)
    else:
        answer = await io.slow(_within, seconds, provider, message)
    if not inspect.isawaitable(answer):
        return answer
    bounded = answer if seconds is None else _awaited(seconds, provider, answer)
    return await io.wait(bounded if in_event_loop() else _own_loop(provider, bounded))


def _within(seconds: float, provider: Any, message: Message) -> Any:
    left = senders.hanging(provider)
    if left >= senders.MOST_HANGING:
        text = f"{left} calls to {provider_name(provider)} are hanging; no other is started until one of them ends."
        raise DeliveryError(text, retriable=True, retry_after=seconds) from TimeoutError()
    done: queue.SimpleQueue[Callable[[], Any]] = queue.SimpleQueue()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            answer = context.run(provider.send, message)
        except Exception as error:
            done.put(lambda found=error: _raise(found))  # type: ignore[misc]  # bound now: the name ends with the block
        except BaseException as error:  # sys.exit() in this thread asks for nothing but the end of the attempt
            text = f"{provider_name(provider)} raised {type(error).__name__}: {text_of(error)}"
            done.put(lambda: _raise(DeliveryError(text)))
        else:
            done.put(lambda: answer)

    senders.run(work, provider, seconds)
    try:
        return done.get(timeout=min(seconds, threading.TIMEOUT_MAX))()
    except queue.Empty:
        raise _too_slow(seconds, provider) from TimeoutError()


async def _awaited(seconds: float, provider: Any, answer: Awaitable[Any]) -> Any:
    try:
        return await asyncio.wait_for(answer, seconds)
    except asyncio.TimeoutError:
        raise _too_slow(seconds, provider) from TimeoutError()


async def _own_loop(provider: Any, awaitable: Awaitable[Any]) -> Any:
    """Await where nobody cancels us: a cancellation is the provider's own, and the end of its attempt."""
    try:
        return await awaitable
    except (asyncio.CancelledError, SystemExit) as error:
        raise DeliveryError(f"{provider_name(provider)} raised {type(error).__name__}") from error


def _too_slow(seconds: float, provider: Any) -> DeliveryError:
    text = f"{provider_name(provider)} did not answer within {seconds:g} seconds (its attribute `timeout`)."
    return DeliveryError(text, retriable=True)


def _raise(error: BaseException) -> None:
    raise error
