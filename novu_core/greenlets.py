"""The other half of aio.py, for greenlets; imported only where gevent has patched threading.

asyncio's running loop belongs to a thread, and all greenlets share one: while one of them is inside its loop, every
other seems to be in a loop as well. So awaitables run on a loop in a real thread, and the greenlet that wants the
result waits. What blocks is called back, in greenlets of the thread that it came from: gevent's sockets, and all that
users keep in them, cannot change threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

import gevent
from gevent.event import AsyncResult
from gevent.monkey import get_original

from novu_core.threads import THREADS, OwnLock, PerProcess

T = TypeVar("T")
Outcome = tuple[Any, BaseException | None]
Tell = Callable[[Any], object]
_start_thread = get_original("_thread", "start_new_thread")

_loops: PerProcess[list[asyncio.AbstractEventLoop]] = PerProcess(list)
"""The loop that everybody uses, then the one of those who block it, then the one of those who block that."""
_starting = OwnLock()
_blocked: contextvars.ContextVar[int] = contextvars.ContextVar("novu_blocked_loops", default=0)
"""How many of the loops stand still until the present caller is done."""
_home: contextvars.ContextVar[Any] = contextvars.ContextVar("novu_home", default=None)
"""The hub whose greenlets do what blocks, for a coroutine on one of the loops."""


def run(function: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run an async function on a loop in a real thread; this greenlet waits, the others of its thread go on."""
    depth = _blocked.get() + _on_a_loop()
    context = contextvars.copy_context()
    context.run(_blocked.set, depth)
    context.run(_home.set, _home.get() or gevent.get_hub())
    loop = _loop(depth)
    tasks: list[Any] = []

    def start(tell: Tell) -> None:
        tasks.append(context.run(asyncio.run_coroutine_threadsafe, _finished(function, tell), loop))

    try:
        outcome = _told(start)
    except BaseException:  # the greenlet is killed, or its gevent.Timeout has passed
        for task in tasks:
            task.cancel()
        raise
    result: T = _result(*outcome)
    return result


async def call(function: Callable[..., T], *args: Any) -> T:
    """Call a blocking function in a greenlet of the thread that the awaiting coroutine works for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Outcome] = loop.create_future()

    def settle(outcome: Outcome) -> None:
        if not done.cancelled():
            done.set_result(outcome)

    _spawn(lambda outcome: loop.call_soon_threadsafe(settle, outcome), function, *args)
    result: T = _result(*await done)
    return result


def blocking(function: Callable[[], T]) -> T:
    """Call a blocking function for a coroutine that does not await it: its loop stands still meanwhile."""
    if not _on_a_loop():
        return function()
    context = contextvars.copy_context()
    context.run(_blocked.set, _blocked.get() + 1)
    result: T = _result(*_told(lambda tell: _spawn(tell, context.run, function)))
    return result


def _on_a_loop() -> bool:
    return asyncio._get_running_loop() in _loops()


def _loop(depth: int) -> asyncio.AbstractEventLoop:
    loops = _loops()
    with _starting:
        while len(loops) <= depth:
            loops.append(_told(lambda tell: _start_thread(_serve, (tell,))))
    return loops[depth]


def _serve(tell: Tell) -> None:
    loop = asyncio.new_event_loop()
    tell(loop)
    while True:
        with contextlib.suppress(SystemExit, KeyboardInterrupt):  # asyncio lets those of a task end the loop
            loop.run_forever()


async def _finished(function: Callable[[], Coroutine[Any, Any, Any]], tell: Tell) -> None:
    try:
        outcome: Outcome = await function(), None
    except BaseException as error:
        outcome = None, error
    tell(outcome)


def _spawn(tell: Tell, function: Callable[..., Any], *args: Any) -> None:
    """Call a function in a greenlet at home, with the variables of the present context."""
    context = contextvars.copy_context()

    def work() -> None:
        threading.current_thread().name = f"{THREADS}greenlet"
        try:
            outcome: Outcome = context.run(function, *args), None
        except BaseException as error:
            outcome = None, error
        tell(outcome)

    (_home.get() or gevent.get_hub()).loop.run_callback_threadsafe(gevent.spawn, work)


def _told(start: Callable[[Tell], object]) -> Any:
    """Call ``start`` with a function for any thread; wait, in this greenlet, until it is called, for its argument."""
    hub = gevent.get_hub()
    told = AsyncResult()
    awake = hub.loop.async_()  # a hub that knows of nothing to wait for would raise LoopExit
    awake.start(lambda: None)
    try:
        start(partial(hub.loop.run_callback_threadsafe, told.set))
        return told.get()
    finally:
        awake.stop()
        awake.close()


def _result(value: Any, error: BaseException | None) -> Any:
    if error is None:
        return value
    try:
        raise error
    finally:
        del error  # or it and this frame would hold each other
