"""The providers of this process: which circuits are open, and why."""

from __future__ import annotations

from novu_core.engine.parts import Parts
from novu_core.records.providers import ProviderState


class Providers:
    """The providers of this process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def list(self) -> list[ProviderState]:
        """Return what this process knows of each provider, in the order in which they are configured."""
        return self._parts.router.states()
