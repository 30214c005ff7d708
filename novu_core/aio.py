"""The only file that bridges sync and async code.

The engine and the request handler are written once, as coroutines. Everything in them that may take time goes through
an :class:`IO`: ``Blocking`` does it on the spot, so that the coroutine never suspends and :func:`drive` runs it without
an event loop (0.2 us against 168 us); ``Looped`` hands it to a thread, so that a running loop is never blocked. What
may take long has threads of its own: whoever only reads the store never waits for runs and deliveries.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from types import ModuleType
from typing import Any, Protocol, TypeVar

from asgiref.sync import AsyncSingleThreadContext, AsyncToSync, async_to_sync, sync_to_async

from novu_core.threads import THREADS, Apart, PerProcess, Pool

T = TypeVar("T")

MOST_THREADS = 32
"""How many blocking calls run at once for the event loops of a process, and as many runs and deliveries beside them."""
# A thread may wait for an event loop that itself needs threads (a sync workflow that triggers an async one). Each level
# of such calls has pools of its own, so that those who wait never hold the threads that they wait for.
_pools: PerProcess[dict[str, Pool]] = PerProcess(dict)  # threads do not survive a fork, and a pool does not notice
_level: contextvars.ContextVar[int] = contextvars.ContextVar("novu_thread_level", default=0)

# Where async_to_sync begins a loop it takes a thread of concurrent.futures, for which a process waits before it ends:
# for ever where an await hangs.
_apart = AsyncSingleThreadContext()  # type: ignore[no-untyped-call]  # asgiref's
AsyncToSync.context_to_thread_executor[_apart] = Apart()  # type: ignore[assignment]  # only its submit() is called


def _threads(kind: str) -> Pool:
    name = f"{THREADS}{kind}-{_level.get()}"
    pools = _pools()
    pool = pools.get(name)
    if pool is None:
        pool = pools.setdefault(name, Pool(MOST_THREADS, name))
    return pool


class IO(Protocol):
    """How a coroutine reaches blocking functions and users' awaitables."""

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a blocking function that is soon done: it asks the store, or computes."""
        ...

    async def slow(self, function: Callable[..., T], *args: Any) -> T:
        """Run a blocking function that may take long: users' code, or a request to another server."""
        ...

    async def run(self, work: Callable[[IO], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine function that suspends in its IO only, all of it in one blocking call."""
        ...

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """Await something that really suspends."""
        ...


class Blocking:
    """For a caller without an event loop: nothing suspends."""

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run the function here and now."""
        return function(*args)

    async def slow(self, function: Callable[..., T], *args: Any) -> T:
        """Run the function here and now."""
        return function(*args)

    async def run(self, work: Callable[[IO], Coroutine[Any, Any, T]]) -> T:
        """Run it here and now."""
        if in_event_loop() and (greenlets := _greenlets()) is not None:
            found: T = greenlets.blocking(lambda: drive(work(self)))
            return found
        return await work(self)

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """Await on an event loop: the caller's, if a thread of that loop leads here, else a new one."""
        return run_async(partial(_identity, awaitable))


class Looped:
    """For a caller on an event loop: blocking functions go to threads."""

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run the function in a thread, with this context's variables."""
        return await self._elsewhere("io", function, *args)

    async def slow(self, function: Callable[..., T], *args: Any) -> T:
        """Run the function in one of the threads that may be busy for long."""
        return await self._elsewhere("slow", function, *args)

    async def _elsewhere(self, kind: str, function: Callable[..., T], *args: Any) -> T:
        if (greenlets := _greenlets()) is not None:
            found: T = await greenlets.call(_in_thread, function, *args)
            return found
        pool: Any = _threads(kind)  # asgiref asks for a ThreadPoolExecutor, and takes what has submit()
        answer: T = await sync_to_async(_in_thread, thread_sensitive=False, executor=pool)(function, *args)
        return answer

    async def run(self, work: Callable[[IO], Coroutine[Any, Any, T]]) -> T:
        """Run it in one thread: cheaper than a thread for each of its calls."""
        return await self.slow(lambda: drive(work(Blocking())))

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """Await on the running loop."""
        return await awaitable


def _in_thread(function: Callable[..., T], *args: Any) -> T:
    token = _level.set(_level.get() + 1)
    try:
        return function(*args)
    except StopIteration as error:  # a future cannot carry it: whoever awaited it would wait for ever
        raise RuntimeError("StopIteration was raised") from error
    finally:
        _level.reset(token)


async def _identity(awaitable: Awaitable[T]) -> T:
    return await awaitable


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, by hand and without an event loop; return its result."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # StopIteration is not generic
    coroutine.close()
    raise RuntimeError("drive() was given a coroutine that suspended; it needs an event loop")


def in_own_thread() -> bool:
    """Whether this thread is a worker's or one of those above, and not the caller's."""
    return threading.current_thread().name.startswith(THREADS)


def in_event_loop() -> bool:
    """Whether this thread, or this greenlet, is running an event loop right now."""
    loop = asyncio._get_running_loop()
    if loop is None:
        return False
    # Greenlets share what asyncio knows of their thread, but threading.get_ident(), once patched, tells them apart.
    return getattr(loop, "_thread_id", None) in (None, threading.get_ident())


def is_failure(error: BaseException) -> bool:
    """Whether an exception is a failure of the code that raised it, and not an order to end this thread or task.

    ``gevent.Timeout``, the CancelledError of an inner task and ``sys.exit()`` in a library are no Exception, and say no
    more about who runs the code than one. Ctrl-C, a server's shutdown and the cancellation of the caller's task do.
    """
    if isinstance(error, (KeyboardInterrupt, SystemExit)):
        return threading.current_thread() is not threading.main_thread()
    if isinstance(error, asyncio.CancelledError) and in_event_loop():
        cancelling = getattr(asyncio.current_task(), "cancelling", None)  # Python 3.10 does not tell
        return cancelling is not None and not cancelling()
    if isinstance(error, GeneratorExit):
        return not in_event_loop()
    return type(error).__name__ != "GreenletExit"


def is_time_limit(error: BaseException) -> bool:
    """Whether an exception is Celery's word that a task has had its time; a signal raises it amid any line of ours."""
    return type(error).__name__ == "SoftTimeLimitExceeded"


def is_async_callable(function: Callable[..., Any]) -> bool:
    """Whether calling ``function`` gives an awaitable: ``async def``, or an object with an ``async __call__``."""
    while isinstance(function, functools.partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004  # not whether it can be called, but how


def run_async(function: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run an async function to its end from blocking code.

    On the caller's event loop, if a thread of that loop leads here, else on a new one; where a loop is running, in a
    thread beside it.
    """
    if (greenlets := _greenlets()) is not None:
        found: T = greenlets.run(function)
        return found
    if in_event_loop():
        # Not async_to_sync: it goes to the loop that it was made on, or that lent this thread before, and that loop is
        # blocked here until the result is there.
        context = contextvars.copy_context()
        beside: T = _threads("slow").submit(context.run, _in_thread, lambda: asyncio.run(function())).result()
        return beside
    token = AsyncToSync.async_single_thread_context.set(_apart)
    try:
        answer: T = async_to_sync(function)()
        return answer
    finally:
        AsyncToSync.async_single_thread_context.reset(token)


def _greenlets() -> ModuleType | None:
    """The other half of this file, where threads are greenlets: gunicorn patches them after the app was imported."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return None
    from novu_core import greenlets

    return greenlets
