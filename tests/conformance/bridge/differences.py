"""The recorded cases that we answer otherwise on purpose: why, and what we answer."""

from __future__ import annotations

from typing import Any, NamedTuple


class Difference(NamedTuple):
    """One case: the reason, and ``answer``'s ``status`` and ``body`` in place of the recorded ones."""

    reason: str
    answer: dict[str, Any]


DELIBERATE: dict[str, Difference] = {}
