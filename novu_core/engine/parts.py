"""What the engine's rooms work with."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from novu_core.clock import Clock
from novu_core.definition.registry import Registry
from novu_core.delivery import Message, Router
from novu_core.delivery.attachments import MAX_BYTES
from novu_core.engine.events import Events
from novu_core.engine.links import Links
from novu_core.schedules.retry import Retry
from novu_core.storage.ids import Entropy, pooled, uuid7
from novu_core.storage.masking import NO_MASK, Mask
from novu_core.storage.store import Store
from novu_core.templates.base import NO_TEMPLATES, Templates


def _nobody(when: datetime) -> None:
    """Leave due runs to other processes."""


@dataclass
class Parts:
    """One client's store, clock, workflows and providers, and how its runs behave.

    ``due`` is told when a run becomes due, by whoever made it due; a backend decides who runs it. ``context`` is
    entered around every workflow function. ``alive``, around every run, keeps alive what it needs; it raises
    ReferenceError where that is gone. ``inbox`` is told of every in-app message that was stored. ``name``: what the app
    is called by its framework. ``retention``: how long in-app messages are kept, None for ever; ``history``: so
    with runs that have ended. ``mask``: what is hidden of those that have completed.
    """

    store: Store
    clock: Clock
    registry: Registry
    router: Router
    retry: Retry = field(default_factory=Retry)
    timezone: str = "UTC"
    lease: timedelta = timedelta(seconds=30)
    takeovers: int = 5
    grace: timedelta = timedelta(seconds=30)
    mask: Mask = NO_MASK
    retention: timedelta | None = None
    history: timedelta | None = None
    max_attachment_bytes: int = MAX_BYTES
    templates: Templates = NO_TEMPLATES
    links: Links = field(default_factory=Links)
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    events: Events = field(default_factory=Events)
    random: Callable[[], float] = random.random
    entropy: Entropy = pooled
    context: Callable[[], AbstractContextManager[Any]] = nullcontext
    alive: Callable[[], AbstractContextManager[Any]] = nullcontext
    background: bool = True
    name: str | None = None
    inbox: Callable[[Message], object] | None = None
    due: Callable[[datetime], object] = _nobody

    def new_id(self) -> str:
        """Return a fresh id that sorts by time."""
        return uuid7(self.clock.now(), self.entropy)
