"""Addresses to which nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

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


class Suppressed(NamedTuple):
    """A suppression as it is stored, and whether this change made it."""

    row: SuppressionRow
    created: bool


@dataclass(frozen=True, slots=True)
class AddSuppression:
    """Suppress an address; one that is suppressed already stays as it is."""

    row: SuppressionRow

    def apply(self, transaction: Transaction) -> Suppressed:
        """Return what is stored now."""
        found = SuppressionRow.read(transaction.one(_ENSURE, self.row.to_params()))
        return Suppressed(found, found.id == self.row.id)


@dataclass(frozen=True, slots=True)
class RemoveSuppression:
    """Open an address again."""

    channel: str
    address: str

    def apply(self, transaction: Transaction) -> bool:
        """Return whether it was suppressed."""
        return transaction.execute(_REMOVE, {"of_channel": self.channel, "of_address": self.address}) > 0
