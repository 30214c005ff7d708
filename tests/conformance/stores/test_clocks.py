"""Processes on machines whose clocks differ by a minute: one clock tells when a lease is over and a wait ends."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from novu_core import Client, ManualClock, Registry, Settings, SystemClock
from novu_core.clock import micros
from novu_core.errors import StoreError
from novu_core.storage.server_clock import ServerClock
from novu_core.storage.store import Store
from tests.conftest import until

CLOSE = timedelta(seconds=20)
"""Less than the minute that the clocks differ by, and more than any machine is late."""


class Skewed:
    """A machine's clock that is wrong."""

    def __init__(self, seconds):
        self.off = timedelta(seconds=seconds)

    def now(self):
        return SystemClock().now() + self.off


def client(url, registry, seconds):
    """A process on a machine whose clock is off by so many seconds."""
    made = Client(lambda: Settings(store_url=url, worker="none"), registry)
    made.clock = Skewed(seconds)
    return made


@pytest.mark.parametrize("ahead", [60, -60])
def test_a_run_in_progress_is_not_taken_over_by_a_machine_whose_clock_is_ahead(postgres_url, ahead):
    registry, begun, sent, go_on = Registry(), threading.Event(), [], threading.Event()

    @registry.workflow("slow")
    def slow(step):
        def send():
            sent.append(1)
            begun.set()
            assert go_on.wait(30)
            return {}

        step.custom("send", send)

    with client(postgres_url, registry, -ahead) as right, client(postgres_url, registry, 0) as other:
        run = threading.Thread(target=right.trigger, args=("slow", "ada"))
        run.start()
        try:
            assert begun.wait(30)
            assert other.worker.run_due() == 0
        finally:
            go_on.set()
            run.join()
        assert other.worker.run_due() == 0
        assert [str(found.status) for found in other.executions.list()] == ["completed"]
    assert sent == [1]


@pytest.mark.parametrize("ahead", [60, -60, 0])
def test_times_are_the_server_s(postgres_url, ahead):
    registry = Registry()

    @registry.workflow("later")
    def later(step):
        step.delay("d", {"amount": 1, "unit": "hours"})

    with client(postgres_url, registry, ahead) as novu:
        run = novu.executions.get(novu.trigger("later", "ada").execution_id)
        assert abs(run.resume_at - SystemClock().now() - timedelta(hours=1)) < CLOSE
        novu.topics.subscribe("all", ["ada"])
        assert abs(novu.topics.get("all").created_at - SystemClock().now()) < CLOSE


def test_a_clock_that_is_set_is_followed_with_the_next_heartbeat(postgres_url):
    with client(postgres_url, Registry(), 0) as novu:
        clock, parts = novu.engine.parts.clock, novu.engine.parts
        assert abs(clock.now() - SystemClock().now()) < CLOSE
        novu.clock.off = timedelta(seconds=90)
        assert clock.now() - SystemClock().now() > CLOSE
        novu.engine.runner.active.beat()
        assert abs(clock.now() - SystemClock().now()) < CLOSE
        novu.clock.off = timedelta(seconds=-90)
        novu.worker.start(1)
        until(lambda: abs(clock.now() - SystemClock().now()) < CLOSE)  # a worker without a run asks, too
        novu.worker.stop()
        assert parts.store.database.backend.row_locks


class Slow:
    """A server whose answers take a while, and whose clock is ahead by what it is given."""

    def __init__(self, local):
        self.local, self.ahead, self.takes = local, timedelta(0), iter(())

    def read(self, work):
        return work(self)

    def one(self, statement):
        there, back = next(self.takes)
        self.local.advance(timedelta(milliseconds=there))
        told = micros(self.local.now() + self.ahead)
        self.local.advance(timedelta(milliseconds=back))
        return (told,)


def test_the_fastest_answer_counts_and_a_difference_that_may_be_none_is_none():
    local = ManualClock(SystemClock().now())
    server = Slow(local)
    clock = ServerClock(local, server)
    server.takes = iter([(80, 0), (6, 0), (0, 40)])
    assert clock.now() - local.now() == timedelta(0)
    server.ahead, server.takes = timedelta(seconds=60), iter([(0, 80), (2, 2), (0, 40)])
    clock.measure()
    assert clock.now() - local.now() == timedelta(seconds=60)
    server.ahead, server.takes = timedelta(seconds=60, milliseconds=5), iter([(0, 80), (20, 20), (0, 60)])
    clock.measure()  # within what the way there and back may hide
    assert clock.now() - local.now() == timedelta(seconds=60)
    server.takes = iter([(1, 1), (9, 9), (9, 9)])
    clock.measure()
    assert clock.now() - local.now() == timedelta(seconds=60, milliseconds=5)


def test_the_time_is_told_while_the_server_is_away():
    store = Store("postgresql://novu@127.0.0.1:1/novu?connect_timeout=2")
    clock = store.clock(Skewed(0))
    assert abs(clock.now() - SystemClock().now()) < CLOSE
    with pytest.raises(StoreError):
        store.synchronize()
    store.close()


def test_a_clock_of_the_user_s_own_and_a_file_s_are_taken_as_they_are(url, tmp_path):
    store = Store(url)
    local = SystemClock()
    assert (store.clock(local) is local) == (not url.startswith("postgres"))
    store.synchronize()
    store.close()
    with Client(Settings(store_url=url, worker="none"), Registry(), clock=ManualClock(local.now())) as novu:
        assert novu.engine.parts.clock is novu.clock
