"""Addresses to which nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from novu_core.storage.rows import SuppressionRow
from novu_core.storage.tables import suppressions
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import ensure

SUPPRESSION = select(suppressions).where(
    suppressions.c.channel == bindparam("channel"), suppressions.c.address == bindparam("address")
)
_ENSURE = ensure(suppressions)
_REMOVE = suppressions.delete().where(
    suppressions.c.channel == bindparam("of_channel"), suppressions.c.address == bindparam("of_address")
)


@dataclass(frozen=True, slots=True)
class AddSuppression:
    """Suppress an address; one that is suppressed already stays as it is."""

    row: SuppressionRow

    def apply(self, transaction: Transaction) -> SuppressionRow:
        """Return what is stored now."""
        return SuppressionRow.read(transaction.one(_ENSURE, self.row.to_params()))


@dataclass(frozen=True, slots=True)
class RemoveSuppression:
    """Open an address again."""

    channel: str
    address: str

    def apply(self, transaction: Transaction) -> bool:
        """Return whether it was suppressed."""
        return transaction.execute(_REMOVE, {"of_channel": self.channel, "of_address": self.address}) > 0
