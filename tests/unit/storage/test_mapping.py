"""Rows as objects and back, by the annotations of their fields."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from novu_core.storage.rows import ExecutionRow, MessageRow, StepRow
from novu_core.storage.tables import executions, steps

NOW = datetime(2026, 1, 5, 12, 0, 0, 7, tzinfo=timezone.utc)
STEP = {"execution_id": "e", "step_id": "s", "position": 0, "type": "email", "status": "failed"}


def test_times_are_microseconds_and_what_is_no_text_or_number_is_json():
    row = StepRow(**STEP, result=["ü", None], attempts=[{"n": 1}], provider_index=2, started_at=NOW)
    params = row.to_params()
    assert (params["started_at"], params["completed_at"]) == (1767614400000007, None)
    assert (params["result"], params["error"], params["provider_index"]) == ('["ü",null]', None, 2)
    assert StepRow.from_row(tuple(params[name] for name in StepRow.names())) == row


def test_only_the_named_fields_are_written():
    assert StepRow(**STEP).to_params(frozenset({"status", "result"})) == {"status": "failed", "result": None}


def test_a_field_may_have_a_column_of_another_name():
    assert steps.c.provider_index.name == "provider"
    assert [column.key for column in steps.c] == StepRow.names()


def test_a_run_s_fixed_fields_are_columns():
    assert set(executions.c.keys()) > ExecutionRow.FIXED


@pytest.mark.parametrize("row", [ExecutionRow, StepRow, MessageRow])
def test_rows_take_keywords_only(row):
    with pytest.raises(TypeError, match="positional"):
        row("e")
