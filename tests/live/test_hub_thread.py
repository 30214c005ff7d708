"""The hub's thread, and what a fork's child does with it."""

from __future__ import annotations

import threading

from novu_core.live.doors import Plain
from tests.live.clients import House


def test_the_thread_starts_and_ends():
    house = House()
    house.hub.thread.start()
    done = threading.Event()
    house.hub.thread.post(done.set)
    assert done.wait(10)
    house.hub.thread.end()
    house.hub.thread.join()
    assert not house.hub.thread._thread.is_alive()
    house.hub.thread.post(done.clear)


def test_a_hub_that_never_started():
    house = House()
    house.desk.end = house.desk.join = lambda: None
    house.hub.close()
    house.close()


def test_in_a_fork_s_child_the_parent_s_hub_is_left_alone(house):
    client = house.connect(Plain, "token-ada")
    house.hub._pid += 1
    house.hub.end()
    house.turn()
    assert client.code is None


def test_a_waiting_that_fails_is_logged_and_repeated(house, caplog, monkeypatch):
    client = house.connect(Plain, "token-ada")
    select, failures = house.hub.thread._selector.select, [OSError("no memory")]

    def failing(timeout):
        if failures:
            raise failures.pop()
        house.hub.thread.post(house.hub.thread._begin_to_close)
        house.seconds.now += 2
        return select(0)

    monkeypatch.setattr(house.hub.thread._selector, "select", failing)
    house.hub.thread.run()
    assert "no memory" in caplog.text
    client.read()
    assert client.code == 1001
    house.hub.thread = House().hub.thread  # the fixture closes that one
