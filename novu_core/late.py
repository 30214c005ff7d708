"""A client that takes shape at its first use, so that what an app sets after mounting it still counts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from novu_core.client import Client
from novu_core.definition.registry import collect
from novu_core.definition.workflow import Workflow

_MADE_LATER = frozenset({
    "settings", "registry", "clock", "engine", "events", "workflows", "executions", "messages", "subscribers",
    "preferences", "topics", "controls",
})  # fmt: skip


class LateClient(Client):
    """A client of a web app. ``options``: returns the arguments of :class:`Client`, asked for once.

    ``workflows``: what they will be, if that is known, so that asking for it settles nothing else.
    """

    def __init__(self, options: Callable[[], dict[str, Any]], workflows: Any = None) -> None:
        import novu_core.engine.engine  # noqa: F401  # an app pays for its imports when it starts, not at its first request

        self._options = options
        self._workflows = workflows
        self._closed = False
        self._making = threading.RLock()
        self._announce()

    def __getattr__(self, name: str) -> Any:
        if name not in _MADE_LATER:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        with self._making:
            if not self.made:
                super().__init__(**self._options())
        return self.__dict__[name]

    def owns(self, workflow: Workflow) -> bool:
        """Whether ``workflow`` is registered with this client."""
        if self.made or self._workflows is None:
            return super().owns(workflow)
        return collect(self._workflows).get(workflow.workflow_id) is workflow

    @property
    def made(self) -> bool:
        """Whether it has taken shape."""
        return "controls" in self.__dict__

    def close(self) -> None:
        """Close what was opened; nothing was before the first use."""
        if self.made:
            super().close()
