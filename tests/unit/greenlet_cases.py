"""What test_greenlets.py checks."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import asyncio  # noqa: E402
import contextvars  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

import gevent  # noqa: E402
import pytest  # noqa: E402

from novu_core import greenlets  # noqa: E402
from novu_core.aio import Blocking, Looped, drive, in_event_loop, in_own_thread, run_async  # noqa: E402

place = contextvars.ContextVar("place", default="nowhere")
real_thread = monkey.get_original("_thread", "get_ident")


def wait(function):
    return drive(Blocking().wait(function()))


def awaitables_of_many_greenlets_meet():
    async def meet():
        nonlocal inside
        inside += 1
        while inside < 20:
            await asyncio.sleep(0)
        return place.get()

    def one(number):
        place.set(number)
        return wait(meet)

    inside = 0
    found = [gevent.spawn(one, number) for number in range(20)]
    gevent.joinall(found, raise_error=True)
    assert [each.value for each in found] == list(range(20))


def the_other_greenlets_go_on_and_are_in_no_loop():
    seen = []

    async def slow():
        while len(seen) < 3:
            await asyncio.sleep(0)

    def look():
        while len(seen) < 3:
            seen.append((in_event_loop(), asyncio._get_running_loop()))
            gevent.sleep()

    gevent.joinall([gevent.spawn(wait, slow), gevent.spawn(look)], raise_error=True)
    assert seen == [(False, None)] * 3


def another_greenlets_loop_is_not_ones_own():
    """A loop that users run themselves, as Flask does for an async view, shows in every greenlet of its thread."""
    seen = []

    async def view():
        assert in_event_loop()
        while not seen:
            await asyncio.sleep(0)

    def look():
        assert asyncio._get_running_loop() is not None
        seen.append(in_event_loop())
        assert wait(answer) == 42

    gevent.joinall([gevent.spawn(asyncio.run, view()), gevent.spawn(look)], raise_error=True)
    assert seen == [False]


async def answer():
    await asyncio.sleep(0)
    return 42


def blocking_calls_come_home():
    async def main():
        assert real_thread() != home
        assert place.get() == "here"
        return await asyncio.gather(*(Looped().call(where, number) for number in range(3)))

    def where(number):
        time.sleep(0.01)
        return real_thread(), place.get(), number

    home = real_thread()
    place.set("here")
    assert wait(main) == [(home, "here", number) for number in range(3)]


def sync_and_async_nest():
    """A blocking trigger in a coroutine stops its loop, and may need one itself."""

    async def innermost():
        return await Looped().call(lambda: wait(answer))

    async def blocks():
        return wait(innermost) + drive(Blocking().run(work))

    async def work(io):
        assert real_thread() == home
        assert in_own_thread()
        assert not in_event_loop()
        return await io.wait(answer())

    async def outer():
        return await Looped().call(lambda: wait(blocks))

    home = real_thread()
    found = [gevent.spawn(wait, outer) for _ in range(20)]
    gevent.joinall(found, raise_error=True)
    assert [each.value for each in found] == [84] * 20
    assert len(greenlets._loops()) == 2


def errors_come_through():
    async def fails(error):
        raise error

    async def calls(error):
        await Looped().call(raises, error)

    def raises(error):
        raise error

    for kind in (KeyError, SystemExit, KeyboardInterrupt, asyncio.CancelledError):
        for function in (fails, calls):
            with pytest.raises(kind):
                run_async(lambda function=function, kind=kind: function(kind("x")))
    assert run_async(answer) == 42


def a_task_that_exits_leaves_the_loop_to_the_others():
    async def leaves():
        async def exits():
            raise SystemExit

        task = asyncio.get_running_loop().create_task(exits())
        await asyncio.sleep(0.01)
        assert task.done()
        return 42

    assert run_async(leaves) == 42
    assert run_async(answer) == 42


def a_greenlet_that_stops_waiting_cancels_what_it_waited_for():
    ended = []

    async def hangs():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
        run_async(hangs)
    with gevent.Timeout(5):
        while not ended:
            gevent.sleep(0.001)
    assert run_async(answer) == 42


def a_forked_child_has_loops_of_its_own():
    assert run_async(answer) == 42
    child = os.fork()
    if not child:
        try:
            os._exit(run_async(answer))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
    assert run_async(answer) == 42


def one_real_thread_serves_all():
    gevent.joinall([gevent.spawn(wait, answer) for _ in range(50)], raise_error=True)
    assert len(greenlets._loops()) == 1
    assert threading.active_count() == 1


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    print("done")
