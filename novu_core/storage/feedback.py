"""What is heard of messages after they have left: marked on the message, and its address suppressed, at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, text, update

from novu_core.clock import micros
from novu_core.codec import dumps
from novu_core.errors import EventReplayedError
from novu_core.storage.rows import MessageRow, SuppressionRow
from novu_core.storage.suppressions import AddSuppression
from novu_core.storage.tables import messages, spent_tokens
from novu_core.storage.transaction import Transaction
from novu_core.storage.upserts import insert_or_ignore
from novu_core.types import JsonObject

MOST = 50
"""Entries that a message keeps."""
_IDENTITY = ("kind", "address", "id")
_SPENT = timedelta(days=2)
"""How long a token is remembered: longer than its time is good for."""
_of_app = (
    select(messages)
    .where(messages.c.app == bindparam("app"), messages.c.channel == "email")
    .order_by(messages.c.message_id)
    .limit(1)
    .with_for_update()
)
_BY_KEY = _of_app.where(
    messages.c.execution_id == bindparam("execution_id"), messages.c.step_id == bindparam("step_id")
)
_BY_PROVIDER = _of_app.where(
    messages.c.provider_message_id == bindparam("provider_id"),
    text("length(novu_messages.provider_message_id) <= 200"),  # in the words of the index
)
_MARK = update(messages).where(messages.c.message_id == bindparam("marked")).values(feedback=bindparam("heard"))
_SPEND = insert_or_ignore(spent_tokens)
_FORGET = spent_tokens.delete().where(spent_tokens.c.spent_at < bindparam("before"))
Judge = Callable[[MessageRow], tuple[JsonObject, SuppressionRow | None]]


class Heard(NamedTuple):
    """What a change did. ``row``: the message, None where it is not ours; ``new``: whether this was not known yet."""

    row: MessageRow | None
    new: bool = False
    suppressed: SuppressionRow | None = None


@dataclass(frozen=True, slots=True)
class HearOf:
    """Mark the message of a provider's id, or of a run and a step, and suppress an address.

    ``judge`` says what to note, and whom to suppress, once the message is known; it may be asked more than once. What
    is noted already changes nothing: an address that was opened again stays open.
    """

    app: str
    message_ids: Sequence[str]
    step: tuple[str, str] | None
    judge: Judge

    def apply(self, transaction: Transaction) -> Heard:
        """Return the message and what became of it."""
        found = self._find(transaction)
        if found is None:
            return Heard(None)
        row = MessageRow.read(found)
        entry, suppression = self.judge(row)
        noted = row.feedback or []
        if len(noted) >= MOST or any(all(each.get(name) == entry[name] for name in _IDENTITY) for each in noted):
            return Heard(row)
        transaction.execute(_MARK, {"marked": row.message_id, "heard": dumps([*noted, entry])})
        return Heard(row, True, None if suppression is None else AddSuppression(suppression).apply(transaction))

    def _find(self, transaction: Transaction) -> tuple[Any, ...] | None:
        found = None
        if self.step is not None:
            execution_id, step_id = self.step
            found = transaction.row(_BY_KEY, {"app": self.app, "execution_id": execution_id, "step_id": step_id})
        for message_id in self.message_ids:
            found = found or transaction.row(_BY_PROVIDER, {"app": self.app, "provider_id": message_id})
        return found


@dataclass(frozen=True, slots=True)
class Spend:
    """Note that a token was used."""

    token: str
    now: datetime

    def apply(self, transaction: Transaction) -> None:
        """Forget those whose time has run out. Raises EventReplayedError where it was used before."""
        transaction.execute(_FORGET, {"before": micros(self.now - _SPENT)})
        if transaction.execute(_SPEND, {"token": self.token, "spent_at": micros(self.now)}) == 0:
            raise EventReplayedError("This report was processed before and changes nothing now.")
