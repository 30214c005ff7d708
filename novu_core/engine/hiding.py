"""Hides secrets of payloads (``NOVU_MASKED_KEYS``) once a run has completed; one that failed may be retried."""

from __future__ import annotations

from collections.abc import Sequence

from novu_core.aio import IO
from novu_core.engine.ledger import Ledger
from novu_core.engine.parts import Parts
from novu_core.storage.masking import MaskRuns, members

_AT_ONCE = 500
"""How many runs of a digest one transaction rewrites."""


async def hidden(parts: Parts, ledger: Ledger, io: IO) -> list[MaskRuns]:
    """Return what hides the secrets of a run that completes, for the commit that ends it; nothing where it has none.

    What its digests took of other runs is hidden before: nobody can need that again. Raises StoreError.
    """
    run, mask = ledger.run, parts.mask
    digests = [step.result for step in ledger.records.values() if step.type == "digest"]
    if mask.of_request(run.request) is None and not any(map(mask.finds, digests)):
        return []
    if digests:
        await io.call(hide_members, parts, run.execution_id)
    return [MaskRuns(mask, (run.execution_id,))]


def hide_members(parts: Parts, execution_id: str) -> None:
    """Hide the secrets of the runs that were merged into this one. Raises StoreError."""
    found = parts.store.database.read(lambda transaction: members(transaction, execution_id))
    hide(parts, found)


def hide(parts: Parts, execution_ids: Sequence[str]) -> None:
    """Hide the secrets of runs that have completed. Raises StoreError."""
    for at in range(0, len(execution_ids), _AT_ONCE):
        parts.store.commit(MaskRuns(parts.mask, execution_ids[at : at + _AT_ONCE]))
