"""Runs that an earlier version left open go on as they would have then (tests/engine/histories)."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.engine.histories import record

# Those of 21 November do not say their schema: it was the second.
FILES = sorted(record.HERE.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_recorded_run_goes_on_and_ends_as_it_did(path, tmp_path):
    history = json.loads(path.read_text())
    record.provider.down = True
    start = datetime.fromisoformat(history["at"])
    record.restore(tmp_path, history.get("schema", 2), history["tables"])
    with record.environment(tmp_path, history["scenario"], start=start) as env:
        ended = json.loads(json.dumps(record.ending(env)))
    assert ended == {"runs": history["runs"], "messages": history["messages"]}


def test_every_scenario_is_recorded():
    assert {json.loads(path.read_text())["scenario"] for path in FILES} == set(record.SCENARIOS)
