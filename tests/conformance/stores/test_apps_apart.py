"""What one app's polls cost does not depend on the runs of the others."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from novu_core.storage import fanouts, lease_statements
from novu_core.storage.changes import AddExecution
from novu_core.storage.rows import scoped
from novu_core.storage.store import Store
from tests.conformance.stores.samples import LEASE, NOW, run


@pytest.mark.parametrize("mine", ["", "bank"])
@pytest.mark.parametrize("look", ["next_due", "claim", "claim of one lane", "overdue"])
def test_another_apps_due_runs_are_not_read(url, mine, look):
    if url == "sqlite://":
        pytest.skip("a store in memory has one app")
    shop, own = Store(url, "shop"), Store(url, mine)
    for each in (shop, own):
        rows = [run(number) for number in range(2000 if each is shop else 500)]
        for row in rows:
            if each is own and row.execution_id > "e0001":  # these have ended
                row.status, row.due_at = "completed", None
            row.app, row.execution_id = each.app, each.app + row.execution_id
            row.transaction_id = scoped(each.app, row.transaction_id)
        each.commit(*map(AddExecution, rows))
    statement = {
        "next_due": fanouts.next_due_of_all(("w",)),
        "overdue": lease_statements.overdue(("x",)),
        "claim": lease_statements.claim(("w",), suspects=False),
        "claim of one lane": lease_statements.claim(("w",), (2,), suspects=False),
    }[look]
    params = {
        "app": mine,
        "moment": 2**60,
        "lease": 0,
        "by": "me",
        "most": 9,
        **dict.fromkeys(("most_0", "most_1", "most_2", "most_3"), 9),
    }
    explain, index = "EXPLAIN QUERY PLAN", "USING INDEX novu_executions_due (app=? AND lane=? AND due_at"
    if url.startswith("postgres"):
        own.database.write(lambda transaction: transaction.execute(text("ANALYZE novu_executions")))
        explain, index = "EXPLAIN", f"(app = '{mine}'"

    def plan(transaction):
        compiled = transaction._compiled(statement)
        transaction._cursor.execute(f"{explain} {compiled.sql}", compiled.values(params))
        return transaction._cursor.fetchall()

    planned = own.database.read(plan)
    assert any("novu_executions_due" in str(row) for row in planned), planned
    reads = sum(index in str(row[-1]) for row in planned)
    assert reads >= {"next_due": 4, "claim": 4}.get(look, 1), planned
    claimed = {row.execution_id for row in own.claim(["w"], NOW, LEASE, "me", 9)}
    assert claimed == {f"{mine}e0000", f"{mine}e0001"}
    for each in (shop, own):
        each.close()
