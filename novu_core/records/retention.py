"""What retention and erasure deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from novu_core.records.view import View


@dataclass(frozen=True, eq=False)
class Pruned(View):
    """How many runs were deleted, or would be with ``dry_run``, by status; ``before``: when they had ended."""

    before: datetime
    runs: Mapping[str, int]
    dry_run: bool

    @property
    def total(self) -> int:
        """How many runs in all."""
        return sum(self.runs.values())


@dataclass(frozen=True, eq=False)
class Erased(View):
    """How many runs, messages and suppressions of a person were deleted, beside the subscriber itself."""

    subscriber_id: str
    runs: int
    messages: int
    suppressions: int
