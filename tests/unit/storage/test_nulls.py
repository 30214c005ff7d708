"""None is stored as NULL, whatever a driver is given for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, text

from novu_core.storage.store import Store


def test_none_is_null_in_sqlite_whatever_a_column_is_of():
    statement = text("SELECT typeof(:text), :text IS NULL, typeof(CAST(:number AS INTEGER)), :given").bindparams(
        bindparam("text"), bindparam("number"), bindparam("given")
    )
    params: dict[str, Any] = {"text": None, "number": None, "given": "here"}
    store = Store("sqlite://")
    try:
        found = store.database.write(lambda transaction: transaction.rows(statement, params))
        many = text("INSERT INTO novu_workflows (workflow_id, status) SELECT :id, typeof(:nothing)")
        several = [{"id": f"w{at}", "nothing": None} for at in range(2)]
        store.database.write(lambda transaction: transaction.execute_many(many, several))
        kinds = store.database.read(lambda transaction: transaction.rows(text("SELECT status FROM novu_workflows")))
    finally:
        store.close()
    assert found == [("null", 1, "null", "here")]
    assert kinds == [("null",), ("null",)]
