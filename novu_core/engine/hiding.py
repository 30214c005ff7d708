"""Hides secrets of payloads (``NOVU_MASKED_KEYS``) once a run has completed; one that failed may be retried."""

from __future__ import annotations

from functools import partial

from novu_core.aio import IO
from novu_core.engine.ledger import Ledger
from novu_core.engine.parts import Parts
from novu_core.storage.masking import MaskRuns, members, telling

_AT_ONCE = 500
"""How many runs of a digest one transaction looks at, and one rewrites."""


async def hidden(parts: Parts, ledger: Ledger, io: IO) -> list[MaskRuns]:
    """Return what hides the secrets of a run that completes, for the commit that ends it; nothing where it has none.

    What its digests took of other runs is hidden before: nobody can need that again. Raises StoreError.
    """
    run, mask, rows = ledger.run, parts.mask, ledger.records.values()
    if any(len((row.result or {}).get("events", ())) > 1 for row in rows if row.type == "digest"):
        await io.call(hide_members, parts, run.execution_id)
    if mask.of_request(run.request) is None and not any(
        mask.finds(row.result) or mask.finds(row.condition) for row in rows
    ):
        return []
    return [MaskRuns(mask, (run.execution_id,))]


def hide_members(parts: Parts, execution_id: str) -> None:
    """Hide the secrets of the runs that were merged into this one. Raises StoreError."""
    database, mask = parts.store.database, parts.mask
    found = database.read(lambda transaction: members(transaction, execution_id))
    for at in range(0, len(found), _AT_ONCE):
        told = database.read(partial(telling, execution_ids=found[at : at + _AT_ONCE], mask=mask))
        if told:
            parts.store.commit(MaskRuns(mask, told))
