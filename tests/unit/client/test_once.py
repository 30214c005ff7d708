"""Attributes that are built on first use, once for all threads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from novu_core.client.once import Lazy, built, once


class House(Lazy):
    """Counts what it builds in ``calls``; ``garden`` needs ``well``."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)
        self.calls: list[str] = []

    @once
    def well(self) -> object:
        """Where the water is."""
        self.calls.append("well")
        time.sleep(0.01)  # long enough for every other thread to ask as well
        if self.errors:
            raise self.errors.pop(0)
        return object()

    @once
    def garden(self) -> tuple[str, object]:
        self.calls.append("garden")
        return "flowers", self.well

    @once
    def nothing(self) -> None:
        self.calls.append("nothing")


def test_an_attribute_is_built_once_however_many_threads_ask():
    house, start = House(), threading.Barrier(16)

    def ask(number):
        start.wait()
        return house.garden[1] if number % 2 else house.well  # one needs the other: they share a lock

    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(ask, range(16)))
    assert found == {house.well}
    assert sorted(house.calls) == ["garden", "well"]


def test_it_is_built_when_it_is_first_asked_for_and_then_an_attribute_like_others():
    house = House()
    assert not built(house, "well")
    well = house.well
    assert built(house, "well")
    assert not built(house, "garden")
    assert vars(house)["well"] is well is house.well
    assert house.nothing is house.nothing is None
    assert built(house, "nothing")
    assert house.calls == ["well", "nothing"]


def test_an_exception_is_not_kept():
    house = House(OSError("dry"), ValueError("still dry"))
    with pytest.raises(OSError, match="dry"):
        house.well  # noqa: B018  # the access is the test
    with pytest.raises(ValueError, match="still dry"):
        house.garden  # noqa: B018
    assert not built(house, "well")
    assert not built(house, "garden")
    assert house.garden[1] is house.well
    assert house.calls == ["well", "garden", "well", "garden", "well"]


def test_a_thread_waits_for_the_one_that_builds_and_an_exception_is_only_its_own():
    house, start = House(OSError("dry")), threading.Barrier(8)

    def ask(_):
        start.wait()
        try:
            return house.well
        except OSError:
            return "dry"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert found.count("dry") == 1
    assert set(found) == {"dry", house.well}
    assert house.calls == ["well", "well"]


def test_a_subclass_overrides_it_and_may_ask_for_the_other():
    class Castle(House):
        @once
        def well(self) -> object:
            return "moat"

    castle = Castle()
    assert castle.garden == ("flowers", "moat")
    assert castle.calls == ["garden"]
    assert vars(castle)["well"] == "moat"


def test_objects_have_their_own_and_the_class_shows_the_attribute_itself():
    one, two = House(), House()
    assert one.well is not two.well
    assert isinstance(House.well, once)
    assert House.well.__doc__ == "Where the water is."
