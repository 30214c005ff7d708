"""Ids sort by time, and no two are the same."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest

from novu_core.storage import ids
from novu_core.storage.ids import pooled, uuid7, uuid7_series

NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=timezone.utc)


def test_an_id_is_a_uuid_of_version_7_that_tells_its_time():
    found = UUID(uuid7(NOW))
    assert (found.version, found.variant) == (7, UUID("0" * 12 + "4" + "0" * 3 + "8" + "0" * 15).variant)
    assert found.int >> 80 == int(NOW.timestamp() * 1000)


def test_ids_sort_by_time_and_within_a_microsecond_by_their_order():
    found = [uuid7(NOW + timedelta(microseconds=number // 5)) for number in range(1000)]
    assert found == sorted(found)
    assert len(set(found)) == 1000


def test_threads_do_not_wait_for_each_other_and_share_no_id():
    with ids._own().lock:  # as if another thread were in it
        alone = [uuid7(NOW) for _ in range(100)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(uuid7, [NOW] * 4000))
    assert len({*alone, *together}) == 4100


@pytest.mark.parametrize("random", [b"\x00" * 8, b"\xff" * 8, bytes.fromhex("0000000ffffffff0"), None])
def test_a_series_is_ids_that_follow_each_other_and_are_nobody_elses(random):
    given = {} if random is None else {"entropy": lambda size: random}
    moment = NOW + timedelta(seconds=1 + len(str(random)))
    before = uuid7(moment, **given)
    begin, first = uuid7_series(moment, 1000, **given)
    after = uuid7(moment, **given)
    series = [f"{begin}{first + number:012x}" for number in range(1000)]
    assert [str(UUID(name)) for name in series] == series == sorted(series)
    assert {(UUID(name).version, UUID(name).int >> 80) for name in series} == {(7, UUID(before).int >> 80)}
    assert before < series[0]
    assert series[-1] < after


def test_a_series_that_would_overflow_its_last_part_begins_with_the_next():
    moment = NOW + timedelta(minutes=1)
    close = (16**12 - 10) << 3
    begin, first = uuid7_series(moment, 1000, lambda size: close.to_bytes(8, "big"))
    assert first == 0
    assert uuid7(moment) > f"{begin}{999:012x}"
    begin, first = uuid7_series(moment + timedelta(seconds=1), 10, lambda size: close.to_bytes(8, "big"))
    assert first == 16**12 - 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_process_draws_other_random_bytes():
    pooled(8)
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(send, pooled(8))
        os._exit(0)
    os.waitpid(child, 0)
    mine = {pooled(8) for _ in range(600)}
    assert os.read(receive, 8) not in mine
    os.close(receive)
    os.close(send)


_FORKS = """
import ctypes, os
from tests.unit.storage.test_ids import NOW, pooled, uuid7
uuid7(NOW)
for _ in range(2):
    if not ctypes.PyDLL(None).fork():
        break
drawn = [*(pooled(8).hex() for _ in range(9)), uuid7(NOW)]
os.write(1, "".join(f"{one}\\n" for one in drawn).encode())  # at once: the three of them write into one pipe
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_children_that_python_was_not_told_of_share_no_bytes_and_no_id():
    """As uWSGI forks: by the system's call, without what ``os.register_at_fork`` was given."""
    done = subprocess.run([sys.executable, "-c", _FORKS], capture_output=True, text=True, timeout=60, check=True)
    drawn = done.stdout.split()
    assert len(drawn) == 30
    assert len(set(drawn)) == 30


def test_threads_never_draw_the_same_bytes():
    drawn: list[bytes] = []
    threads = [threading.Thread(target=lambda: drawn.extend(pooled(8) for _ in range(2000))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(drawn)) == 16_000
