"""Conversational agents: registered here, listed at discovery, acknowledged over the bridge (PROTOCOL section 13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from novu_core.errors import DefinitionError

Handler = Callable[..., Any]


@dataclass(frozen=True)
class Agent:
    """An agent's id and its handlers. The conversation itself is not driven yet; its events are acknowledged."""

    agent_id: str
    on_message: Handler | None = None
    on_action: Handler | None = None
    on_reaction: Handler | None = None
    on_resolve: Handler | None = None

    def __post_init__(self) -> None:
        if not str(self.agent_id).strip():
            raise DefinitionError("An agent's id must not be blank.")
        for name in ("on_message", "on_action", "on_reaction", "on_resolve"):
            handler = getattr(self, name)
            if handler is not None and not callable(handler):
                raise DefinitionError(f"Agent `{self.agent_id}`: {name} must be a function, not {handler!r}.")
