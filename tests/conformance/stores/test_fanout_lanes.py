"""Each lane has its own fan-outs (docs/durability.md)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from novu_core.storage import fanouts
from novu_core.storage.fanouts import AddFanout, RecordMembers
from novu_core.storage.lanes import LANES, MANY, URGENT
from novu_core.storage.store import Store
from novu_core.storage.values import due_time
from tests.conformance.stores.fanout_samples import fanout, join, listed, runs
from tests.conformance.stores.samples import LATER, NOW


@pytest.mark.parametrize("look", ["next_due", "chunk"])
def test_a_lane_s_first_fan_out_is_found_without_reading_those_of_others(url, look):
    """Without it each poll beside 10,000 open ordinary fan-outs would read them all: 15 ms."""
    if url == "sqlite://":
        pytest.skip("the same as a file")
    store = Store(url)
    store.commit(*(AddFanout(fanout(number, due=NOW + timedelta(seconds=number))) for number in range(2000)))
    statement = {"next_due": fanouts.next_due_of_all(("w",)), "chunk": fanouts._longest_waiting(("w",), URGENT)}[look]
    explain, index = "EXPLAIN QUERY PLAN", "INDEX novu_fanouts_due (app=? AND lane=? AND due_at"
    if url.startswith("postgres"):
        store.database.write(lambda transaction: transaction.execute(text("ANALYZE novu_fanouts")))
        explain, index = "EXPLAIN", "Index Scan using novu_fanouts_due"

    def plan(transaction):
        compiled = transaction._compiled(statement)
        transaction._cursor.execute(f"{explain} {compiled.sql}", compiled.values({"app": "", "moment": 2**60}))
        return transaction._cursor.fetchall()

    planned = [str(row[-1]) for row in store.database.read(plan)]
    assert sum(index in row for row in planned) == {"next_due": len(LANES), "chunk": 1}[look], planned
    assert not any("Seq Scan on novu_fanouts" in row or "SCAN novu_fanouts" in row for row in planned), planned
    store.close()


@pytest.mark.parametrize("lane", LANES)
def test_each_lane_s_fan_outs_are_due_by_themselves(store, lane):
    join(store, *"abcdef")
    store.commit(AddFanout(fanout(lane=lane)), AddFanout(fanout(2, due=LATER, lane=lane)))
    due = store.due(["w"])
    assert [due_time(time) for time in due.fanouts] == [NOW if each == lane else None for each in LANES]
    others = [each for each in LANES if each != lane]
    assert [store.commit(RecordMembers(store.app, ("w",), LATER, lane=each)) for each in others] == [[None]] * 3
    [row] = store.commit(RecordMembers(store.app, ("w",), LATER, lane=lane))
    assert (row.fanout_id, {made.lane for made in runs(store)}) == ("f1", {lane})


def test_a_fan_out_of_no_lane_is_mended(store):
    store.commit(*(AddFanout(fanout(number)) for number in range(3)))
    for name, lane in {"f0": -1, "f1": 4}.items():
        statement = text(f"UPDATE novu_fanouts SET lane = {lane} WHERE fanout_id = '{name}'")
        store.database.write(lambda transaction, statement=statement: transaction.execute(statement))
    assert sorted(store.mend_fanouts(LATER)) == ["f0", "f1"]
    assert [row.lane for row in listed(store)] == [MANY] * 3
    assert store.mend_fanouts(LATER) == []
