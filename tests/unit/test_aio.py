"""One code for callers that block and for callers on a loop."""

from __future__ import annotations

import asyncio
import functools
import os
import threading

import pytest

from novu_core.aio import MOST_THREADS, Blocking, Looped, drive, in_event_loop, is_async_callable, run_async
from novu_core.threads import PerProcess


async def answer():
    await asyncio.sleep(0)
    return 42


def test_a_blocking_call_needs_no_loop():
    async def work():
        assert not in_event_loop()
        return await Blocking().call(threading.get_ident), await Blocking().wait(answer())

    assert drive(work()) == (threading.get_ident(), 42)


def test_a_coroutine_that_suspends_is_refused():
    with pytest.raises(RuntimeError, match="event loop"):
        drive(asyncio.sleep(0))


def test_exceptions_come_through():
    async def fail():
        raise KeyError("x")

    for run in (lambda: drive(fail()), lambda: run_async(fail)):
        with pytest.raises(KeyError):
            run()


def test_on_a_loop_blocking_functions_go_to_threads():
    async def main():
        assert in_event_loop()
        return await Looped().call(threading.get_ident), await Looped().wait(answer())

    thread, found = asyncio.run(main())
    assert thread != threading.get_ident()
    assert found == 42


@pytest.mark.mission("P-FR-009")
def test_async_code_runs_from_blocking_code_inside_a_loop():
    async def main():
        return run_async(answer)

    assert run_async(answer) == asyncio.run(main()) == 42


def test_async_code_does_not_wait_for_the_loop_that_it_blocks():
    """Though the thread that runs it was lent to that very loop before."""

    async def main():
        await Looped().call(int)
        return run_async(answer)

    assert asyncio.run(main()) == 42


def test_what_counts_as_async():
    class Callable:
        async def __call__(self): ...

    assert is_async_callable(answer)
    assert is_async_callable(functools.partial(answer))
    assert is_async_callable(Callable())
    assert not is_async_callable(len)


def test_threads_that_wait_for_the_loop_leave_it_threads_to_finish_with():
    """As sync workflows do that trigger async ones: more of them at once than one pool has threads."""

    async def inner():
        return await Looped().call(int)

    async def main():
        started = threading.Barrier(32)

        def outer(number):
            if number < 32:
                started.wait(30)
            return drive(Blocking().wait(inner()))

        return await asyncio.wait_for(asyncio.gather(*(Looped().call(outer, number) for number in range(40))), 30)

    assert asyncio.run(main()) == [0] * 40


def test_a_fork_that_python_was_not_told_of_has_threads_of_its_own(monkeypatch):
    async def thread():
        return await Looped().call(threading.current_thread)

    monkeypatch.setattr("novu_core.aio._pools", PerProcess(dict))
    first, parent = asyncio.run(thread()), os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    assert asyncio.run(thread()) is not first


def test_what_may_take_long_has_threads_of_its_own(monkeypatch):
    monkeypatch.setattr("novu_core.aio._pools", PerProcess(dict))
    leave = threading.Event()

    async def main():
        busy = [asyncio.create_task(Looped().slow(leave.wait, 10)) for _ in range(MOST_THREADS + 1)]
        await asyncio.sleep(0)
        assert await Looped().call(leave.is_set) is False
        leave.set()
        assert await asyncio.gather(*busy) == [True] * (MOST_THREADS + 1)

    asyncio.run(main())
