"""Workers are stopped before the interpreter ends, all at once; tests/e2e/test_endings.py ends real processes."""

from __future__ import annotations

import gc

from novu_core.backends import ending


class Worker:
    def __init__(self, told, running=True):
        self.told = told
        self.running = running

    def request_stop(self):
        self.told.append("asked")

    def stop(self):
        self.told.append("stopped")


def test_all_are_asked_before_one_is_waited_for(monkeypatch):
    monkeypatch.setattr(ending, "_working", type(ending._working)())
    told, idle = [], []
    workers = [Worker(told), Worker(told), Worker(idle, running=False)]
    for worker in workers:
        ending.stop_at_exit(worker)
        ending.stop_at_exit(worker)
    ending.stop_all()
    assert (told, idle) == (["asked", "asked", "stopped", "stopped"], [])


def test_nobody_is_kept_for_that(monkeypatch):
    monkeypatch.setattr(ending, "_working", type(ending._working)())
    told = []
    ending.stop_at_exit(Worker(told))
    gc.collect()
    ending.stop_all()
    assert told == []
