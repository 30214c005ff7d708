"""Rows as objects and back, by the annotations of their fields."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from novu_core.errors import UnreadableRowError
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


def params_of(**damaged):
    return {**StepRow(**STEP, result={"n": 1}, started_at=NOW).to_params(), **damaged}


@pytest.mark.parametrize(
    ("damaged", "told", "instead"),
    [
        ({"result": "{"}, "`result` is not JSON", None),
        ({"result": "[" * 100_000}, "`result` is not JSON", None),
        ({"result": b"1"}, "`result` is not text but of type bytes", None),
        ({"error": "[]"}, "`error` is JSON, but not an object: of type list", None),
        ({"error": "null"}, "`error` is JSON, but not an object: NULL", None),
        ({"attempts": "[1]"}, "`attempts` is JSON, but not a list of objects", []),
        ({"attempts": "{}"}, "`attempts` is JSON, but not a list of objects", []),
        ({"started_at": "soon"}, "`started_at` is not a time but of type str", None),
        ({"started_at": 1.5}, "`started_at` is not a time but of type float", None),
        ({"started_at": 10**18}, "`started_at` is not a time: 1000000000000000000 microseconds are beyond", None),
        ({"position": "first"}, "`position` is of type str", 0),
        ({"reason": b"a\xff"}, "`reason` is of type bytes", "a\ufffd"),
        ({"step_id": 5}, "`step_id` is of type int", "5"),
        ({"status": "sleeping"}, "`status` is `sleeping`, which this version does not know", "sleeping"),
        ({"type": "p" * 99}, f"`type` is `{'p' * 40}`, which", "p" * 99),
    ],
)
def test_a_value_that_cannot_be_read_is_named_and_empty(damaged, told, instead):
    values = tuple(params_of(**damaged)[name] for name in StepRow.names())
    found = StepRow.read(values)
    [name] = damaged
    assert told in found.unreadable
    assert getattr(found, name) == instead
    others = [item for item in StepRow.names() if item != name]
    whole = StepRow.read(tuple(params_of()[item] for item in StepRow.names()))
    assert [getattr(found, item) for item in others] == [getattr(whole, item) for item in others]
    with pytest.raises(UnreadableRowError, match="as stored: "):
        StepRow.from_row(values)


def test_only_the_first_fault_is_told_and_all_are_made_good():
    found = StepRow.read(
        tuple(params_of(result="{", error="{", position=None, type="p")[name] for name in StepRow.names())
    )
    assert "`type`" in found.unreadable
    assert (found.result, found.error) == (None, None)


def test_a_time_that_must_be_there_is_the_first_of_all_where_it_cannot_be_read():
    run = dict.fromkeys(ExecutionRow.names())
    run |= {"execution_id": "e", "status": "pending", "request": "5", "created_at": 10**18, "fence": 0, "tries": 0}
    found = ExecutionRow.read(tuple(run[name] for name in ExecutionRow.names()))
    assert (found.request, found.created_at) == ({}, datetime(1970, 1, 1, tzinfo=timezone.utc))


def test_a_row_that_is_made_here_can_be_read():
    assert StepRow(**STEP).unreadable is None
