"""Finds the runs that a reader means: by a subscriber's address or name, by any id."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

from novu_core.storage.listings import EXECUTIONS, SUBSCRIBERS, Listing
from novu_core.storage.rows import SubscriberRow
from novu_core.storage.search_keys import search_key
from novu_core.storage.slices import PageRequest
from novu_core.storage.store import Store

_MOST = 1000
"""How many subscribers one address or name stands for at most."""


class Search:
    """Turns what a reader knows into filters of a list of runs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def by_email(self, addresses: Sequence[str]) -> list[str]:
        """Return the ids of the subscribers who have one of these addresses now."""
        return self._people(email=[search_key(address) for address in addresses])

    def meant(self, text: str) -> tuple[str, list[str]]:
        """Return the filter, and its values, that a text to search for stands for."""
        for name in ("transaction_id", "execution_id"):
            if self._any(EXECUTIONS, name, text):
                return name, [text]
        key = [search_key(text)]
        people = [text, *self._people(email=key), *self._people(phone=key), *self._people(name=key)]
        return "subscriber_id", list(dict.fromkeys(people))

    @staticmethod
    def narrow(filters: MutableMapping[str, Sequence[Any]], name: str, values: Sequence[str]) -> None:
        """Let a filter hold beside what it holds already: only values that both name are left."""
        before = filters.get(name)
        filters[name] = list(values) if before is None else [value for value in before if value in set(values)]

    def _people(self, **filters: Sequence[str]) -> list[str]:
        rows = self._store.slice(SUBSCRIBERS, PageRequest(_MOST, filters)).rows
        return [SubscriberRow.read(row).subscriber_id for row in rows]

    def _any(self, listing: Listing, name: str, value: str) -> bool:
        return bool(self._store.slice(listing, PageRequest(1, {name: [value]})).rows)
