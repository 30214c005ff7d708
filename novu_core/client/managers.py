"""What users ask of a client: one attribute a manager, each made when it is first asked for."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from novu_core.client.current import held
from novu_core.client.kept import kept, kept_here
from novu_core.client.once import Lazy, once
from novu_core.clock import Clock
from novu_core.definition.registry import Registry
from novu_core.settings import Settings

if TYPE_CHECKING:  # they load the engine and SQLAlchemy
    from novu_core.engine.engine import Engine
    from novu_core.engine.links import Links
    from novu_core.managers.controls import Controls
    from novu_core.managers.executions import Executions
    from novu_core.managers.inbox import Inbox
    from novu_core.managers.inbox_tokens import InboxTokens
    from novu_core.managers.messages import Messages
    from novu_core.managers.metrics import Metrics
    from novu_core.managers.preferences import Preferences
    from novu_core.managers.providers import Providers
    from novu_core.managers.reports import Reports
    from novu_core.managers.stats import Stats
    from novu_core.managers.subscribers import Subscribers
    from novu_core.managers.suppressions import Suppressions
    from novu_core.managers.topics import Topics
    from novu_core.managers.workflows import Workflows
    from novu_core.records import Pruned


class Managers(Lazy):
    """The managers of a client."""

    clock: Clock
    mounted: str | None = None
    """Where an integration mounted the routes, unless it is where ``NOVU_URL_PREFIX`` says."""

    @once
    def settings(self) -> Settings:
        """How the client behaves."""
        raise NotImplementedError

    @once
    def registry(self) -> Registry:
        """The workflows that it runs."""
        raise NotImplementedError

    @once
    def engine(self) -> Engine:
        """What records and runs executions."""
        raise NotImplementedError

    @once
    def workflows(self) -> Workflows:
        """The registry as a mapping, and each workflow's status on this client."""
        from novu_core.managers.workflows import Workflows

        return Workflows(self.registry, self.engine, self.settings)

    @kept
    def executions(self) -> Executions:
        """The history: list, get, retry, cancel."""
        from novu_core.managers.executions import Executions

        return Executions(self.engine)

    @kept
    def messages(self) -> Messages:
        """Everything that was sent or stored."""
        from novu_core.managers.messages import Messages

        parts = self.engine.parts
        return Messages(parts.store, parts.router, partial(parts.links.of_message, parts.registry))

    @kept
    def providers(self) -> Providers:
        """The providers of this process, and which of them do not answer."""
        from novu_core.managers.providers import Providers

        return Providers(self.engine.parts)

    @kept
    def subscribers(self) -> Subscribers:
        """Who notifications are for."""
        from novu_core.managers.subscribers import Subscribers

        return Subscribers(self.engine.parts.store, self.engine.parts.clock)

    @kept
    def preferences(self) -> Preferences:
        """Which channels a subscriber wants."""
        from novu_core.managers.preferences import Preferences

        return Preferences(self.engine.parts.store, self.registry, self.links, self.engine.parts.clock)

    @once
    def links(self) -> Links:
        """Where subscribers unsubscribe and choose what to get."""
        from novu_core.engine.links import Links

        settings, me = self.settings, weakref.ref(self)
        return Links(settings.public_url, settings.secret_key, lambda: held(me, "This client").prefix())

    def prefix(self) -> str:
        """Return the path that the routes are mounted under, below ``NOVU_PUBLIC_URL``."""
        return self.mounted or self.settings.url_prefix

    @kept
    def topics(self) -> Topics:
        """Named groups of subscribers."""
        from novu_core.managers.topics import Topics

        return Topics(self.engine.parts.store, self.engine.parts.clock)

    @kept
    def suppressions(self) -> Suppressions:
        """Addresses to which nothing is sent."""
        from novu_core.managers.suppressions import Suppressions

        return Suppressions(self.engine.parts.store, self.engine.parts.clock)

    @kept
    def reports(self) -> Reports:
        """What providers report of messages that have left."""
        from novu_core.managers.reports import Reports

        return Reports(self.engine.parts)

    @kept
    def stats(self) -> Stats:
        """What happened lately, counted, and which workers are there."""
        from novu_core.managers.stats import Stats

        return Stats(self.engine.parts)

    @kept
    def metrics(self) -> Metrics:
        """What a monitoring system asks for, in numbers of the store."""
        from novu_core.managers.metrics import Metrics

        return Metrics(self.engine.parts)

    @kept
    def controls(self) -> Controls:
        """Control values of workflows and steps."""
        from novu_core.managers.controls import Controls

        return Controls(self.registry, self.engine)

    def inbox(self, subscriber_id: str) -> Inbox:
        """Return a subscriber's in-app messages. Raises ValidationError for an id that is None or blank."""
        from novu_core.managers.inbox import Inbox

        kept_here(self.settings, "inbox")
        parts = self.engine.parts
        return Inbox(parts.store, parts.clock, subscriber_id, parts.retention, tokens=self.inbox_tokens)

    def backup(self, file: str | PathLike[str]) -> int:
        """Copy a SQLite store into a new file while processes write, as of one moment; return its size in bytes.

        Raises ConfigurationError for PostgreSQL, which has ``pg_dump``, KeptByNovuError, and StoreError where the file
        exists or cannot be written.
        """
        from novu_core.storage.backup import back_up

        kept_here(self.settings, "backup")
        return back_up(self.engine.parts.store, Path(file))

    def prune(
        self, older_than: timedelta | str, *, status: str | Sequence[str] | None = None, dry_run: bool = False
    ) -> Pruned:
        """Delete runs that ended so long ago, with their steps, events and messages, and fan-outs; return the counts.

        In-app messages stay, and so does what an open digest will read. ``older_than``: a timedelta, or a text such
        as ``90d``, ``12h`` or ``8w``. ``status``: ``completed`` or ``failed``, or a list; both unless given. Batches
        of 1,000 runs, each in a transaction of its own. Raises ValidationError, KeptByNovuError and StoreError.
        """
        from novu_core.managers.retention import prune_history

        kept_here(self.settings, "prune")
        return prune_history(self.engine.parts.store, self.engine.parts.clock, older_than, status, dry_run=dry_run)

    @kept
    def inbox_tokens(self) -> InboxTokens:
        """What opens inboxes: signed with the secret, or while authentication is not strict with what stands for it."""
        from novu_core.managers.inbox_tokens import InboxTokens

        return InboxTokens(self.settings.secret_key or self.substitutes(), self.clock)

    def substitutes(self) -> Sequence[str | bytes]:
        """Return what stands for a secret that is not set, the newest first; nothing where it is needed."""
        from novu_core.managers.inbox_tokens import PROCESS_SECRET

        return () if self.settings.strict else (PROCESS_SECRET,)
