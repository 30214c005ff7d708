"""Changes that delete messages by what is not an inbox: an id, a trigger. The inboxes they were in are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from novu_core.storage.inbox import TELL
from novu_core.storage.transaction import Transaction

_ONE = "message_id = :message AND app = :app"
_SENT = "transaction_id = :stored_id"
_ON = f"{_SENT} AND channel = :channel_name"


def _readers(condition: str) -> Any:
    statement = f"SELECT DISTINCT app, subscriber_id FROM novu_messages WHERE {condition} AND channel = 'in_app'"  # noqa: S608  # words of ours
    return text(f"{statement} ORDER BY app, subscriber_id")


_READERS = {condition: _readers(condition) for condition in (_ONE, _SENT, _ON)}
_DELETE = {condition: text(f"DELETE FROM novu_messages WHERE {condition}") for condition in (_ONE, _SENT, _ON)}  # noqa: S608  # as above


@dataclass(frozen=True, slots=True)
class ForgetMessage:
    """Delete one message of an app."""

    message_id: str
    app: str

    def apply(self, transaction: Transaction) -> int:
        """Return how many there were."""
        return _forget(transaction, _ONE, {"message": self.message_id, "app": self.app})


@dataclass(frozen=True, slots=True)
class ForgetMessages:
    """Delete the messages of a transaction, by its id as it is stored, or those on one channel."""

    transaction_id: str
    channel: str | None = None

    def apply(self, transaction: Transaction) -> int:
        """Return how many there were."""
        params = {"stored_id": self.transaction_id}
        if self.channel is None:
            return _forget(transaction, _SENT, params)
        return _forget(transaction, _ON, {**params, "channel_name": self.channel})


def _forget(transaction: Transaction, condition: str, params: dict[str, Any]) -> int:
    readers = transaction.rows(_READERS[condition], params)
    removed = transaction.execute(_DELETE[condition], params)
    for app, subscriber_id in readers:  # one order of locks, whoever writes
        transaction.execute(TELL, {"app": app, "subscriber": subscriber_id})
    return removed
