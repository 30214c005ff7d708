"""The facade and composition root: a registry, the engine (or Novu's API) and the managers over them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Self, Unpack

from novu_core.aio import IO
from novu_core.client.celery import prepare_celery
from novu_core.client.current import held, innermost, live, within
from novu_core.client.managers import Managers
from novu_core.client.once import built, once
from novu_core.client.triggering import MemoryWatch, workflow_of
from novu_core.client.triggers import Triggers
from novu_core.clock import Clock, SystemClock
from novu_core.definition.registry import Registry, collect, default_registry
from novu_core.definition.workflow import (
    AsyncTriggerOptions,
    CommonTriggerOptions,
    Workflow,
    WorkflowOptions,
    untriggered,
)
from novu_core.engine.events import Events
from novu_core.errors import ConfigurationError
from novu_core.living import made
from novu_core.records import TriggerResult
from novu_core.settings import Settings, as_keys, days, environment

if TYPE_CHECKING:  # the engine and SQLAlchemy load when a client is built, not when this module is imported
    from novu_core.backends.thread import Worker
    from novu_core.delivery import Provider
    from novu_core.engine.engine import Engine
    from novu_core.templates.base import Templates


class Client(Managers, Triggers):
    """Runs workflows and answers about them. Use it as a context manager, or call :meth:`close`.

    ``settings``: a Settings, or a mapping of settings (``delivery`` or ``NOVU_DELIVERY``) whose gaps the environment
    fills; or a function that returns a Settings, called once, when the client is first used. ``workflows``: workflows,
    modules, or import strings; the default registry where nothing is given. ``delivery``: one provider for every
    channel, or a mapping as ``NOVU_DELIVERY``, in place of the settings'. ``console``: whether a channel without a
    provider prints to the console; None: only while debugging or testing, else its steps fail. ``context``: entered
    around every run of a workflow function. ``listeners``: called with the name of every event, its data as keywords.
    ``name``: what the app is called that this client belongs to; others on the same store are told of it.
    ``templates``: in place of those that the settings name.
    """

    wakes = True
    """Whether requests and triggers start this process's worker; false in a command that ends at once."""

    def __init__(
        self,
        settings: Settings | Mapping[str, Any] | Callable[[], Settings] | None = None,
        workflows: Any = None,
        *,
        clock: Clock | None = None,
        delivery: Provider | Mapping[str, Any] | None = None,
        context: Callable[[], AbstractContextManager[Any]] = nullcontext,
        console: bool | None = None,
        listeners: Iterable[Callable[..., object]] = (),
        name: str | None = None,
        templates: Templates | None = None,
    ) -> None:
        super().__init__()
        self._templates = templates
        self.name = name
        self._given = settings
        self._sources = workflows
        self._background = clock is None
        self.clock: Clock = clock or SystemClock()
        self._delivery = delivery
        self.context = context
        self._console = console
        self.events = Events(listeners)
        """Whoever listens to what happens to executions."""
        self._memory = MemoryWatch()
        self.closed = False
        self.ends: list[Callable[[], None]] = []
        """What :meth:`close` calls first: each ends what somebody began for this client and that uses its store."""
        if callable(settings):
            import novu_core.engine.engine  # noqa: F401  # an app pays for its imports when it starts, not at its first request
        else:
            self.prepare()
        live.add(self)  # bare ``workflow.trigger()`` calls find it there
        for meet in list(made):
            meet(self)

    @once
    def settings(self) -> Settings:
        """How this client behaves; the rest is built with it, or nothing is. Raises ConfigurationError."""
        given = self._given
        if not isinstance(given, Settings):
            given = given() if callable(given) else Settings.load(as_keys(given or {}), environment())
        if given.worker == "celery":
            prepare_celery()
        self.__dict__["settings"] = given  # what is built next reads them
        try:
            self.prepare()
        except BaseException:
            for name in ("settings", "registry", "engine"):
                self.__dict__.pop(name, None)
            raise
        return given

    @once
    def registry(self) -> Registry:
        """The workflows that this client runs."""
        sources = self.settings.workflows if self._sources is None else self._sources
        if isinstance(sources, Registry):
            return sources
        return collect(default_registry if sources is None else sources)

    @once
    def engine(self) -> Engine:
        """What records and runs executions."""
        from novu_core.delivery import Console, Router
        from novu_core.engine.engine import Engine
        from novu_core.engine.parts import Parts
        from novu_core.storage.masking import Mask
        from novu_core.storage.store import Store

        settings, me = self.settings, weakref.ref(self)  # a client that nobody holds goes away at once, with its store
        if built(self, "engine"):
            return self.engine
        console = settings.debug or settings.testing if self._console is None else self._console
        delivery = settings.delivery if self._delivery is None else self._delivery
        fallback = Console() if console else None
        router = Router.of(delivery, fallback, clock=self.clock, deny_private=settings.webhook_deny_private)
        store = Store(settings.store_url or "sqlite://", settings.app)
        return Engine(
            Parts(
                store=store,
                clock=store.clock(self.clock) if self._background else self.clock,
                registry=self.registry,
                router=router,
                retry=settings.retry,
                timezone=settings.timezone,
                lease=timedelta(seconds=settings.lease_seconds),
                grace=timedelta(seconds=settings.grace_seconds),
                takeovers=settings.takeovers,
                mask=Mask(settings.masked_keys, settings.secret_key),
                retention=days(settings.inbox_retention_days),
                history=days(settings.retention_days),
                max_attachment_bytes=settings.max_attachment_bytes,
                templates=self.templates,
                links=self.links,
                context=lambda: within(held(me, "This client")),
                alive=lambda: held(me, "This client").alive(),
                background=self._background,
                name=self.name,
                events=self.events,
            )
        )

    @once
    def templates(self) -> Templates:
        """What renders the templates that steps name. Raises ConfigurationError."""
        from novu_core.templates.finding import templates_of

        return self._templates or templates_of(self.settings.templates, self.settings.translations)

    @once
    def worker(self) -> Worker:
        """What runs due executions in this process."""
        from novu_core.backends.thread import Worker

        return Worker(self.engine).heed()

    def prepare(self) -> None:
        """Build now what is otherwise built on first use, so that wrong settings are reported. ConfigurationError."""
        self.engine  # noqa: B018  # built by being asked for

    def belongs_to(self, owner: object) -> bool:
        """Whether this is that client, or the one of that app or of that extension."""
        return owner is self

    def owns(self, workflow: Workflow) -> bool:
        """Whether ``workflow`` is registered with this client."""
        return self.registry.get(workflow.workflow_id) is workflow

    def workflow(
        self, workflow_id: str, **options: Unpack[WorkflowOptions]
    ) -> Callable[[Callable[..., Any]], Workflow]:
        """Decorate a function as a workflow of this client."""
        return self.registry.workflow(workflow_id, **options)

    async def dispatch(
        self, workflow: Workflow | str, io: IO, to: Any, payload: Any = None, **options: Unpack[AsyncTriggerOptions]
    ) -> TriggerResult:
        """Trigger through the given IO; what every trigger and the HTTP room share."""
        if (nothing := untriggered()) is not None:
            return nothing
        found = workflow_of(self.registry, workflow, options)
        session = options.pop("session", None)
        common = cast(CommonTriggerOptions, options)
        if self.settings.dispatch == "cloud":
            from novu_core.cloud import dispatch

            if session is not None:
                raise ConfigurationError(
                    "With NOVU_DISPATCH=cloud a trigger is a request to Novu, which your transaction cannot roll back; "
                    "trigger after the commit, without session=."
                )
            return await io.slow(dispatch.trigger, self.settings, self.engine.checking, found, to, payload, options)
        if options.get("wait") is None:
            options["wait"] = self.settings.wait and session is None
        self.wake()
        with self.events.watch.trigger(found.workflow_id) as told:
            if session is not None:
                result = await self.engine.trigger_in(session, found, io, to, payload, common)
            elif found.is_async:
                result = await self.engine.trigger(found, io, to, payload, **common)
            else:
                result = await io.run(lambda blocking: self.engine.trigger(found, blocking, to, payload, **common))
            told(result)
        works = built(self, "worker") and self.worker.running
        self._memory.look(result, self.engine.parts, testing=self.settings.testing, works=works)
        return result

    def alive(self) -> AbstractContextManager[Any]:
        """Return what keeps this client alive, and all that its runs need. Raises ReferenceError where that is gone."""
        return nullcontext(self)

    def cancel(self, transaction_id: str) -> int:
        """Cancel every execution of a trigger that has not ended; return how many there were (with Novu: 1).

        Members of a topic or a broadcast whose executions are not recorded yet count, and get none.
        """
        if self.settings.dispatch == "cloud":
            from novu_core.cloud import dispatch

            dispatch.remote(self.settings).cancel(transaction_id)
            return 1
        return self.executions.cancel_all(transaction_id)

    def wake(self) -> None:
        """Start this process's worker thread if the settings ask for one; never while testing, or where Novu runs."""
        settings = self.settings
        wanted = self.wakes and self._background and (settings.worker, settings.dispatch) == ("thread", "embedded")
        if wanted and not settings.testing and not self.worker.running:
            self.worker.start()

    def start_worker(self, concurrency: int = 4) -> None:
        """Start the worker thread now, whatever the settings say, and while testing too."""
        self.worker.start(concurrency)

    def run_due(self, execution_ids: Iterable[str]) -> int:
        """Run those of these executions that are due, here and now; return how many were run. Raises StoreError.

        What a backend calls with the ids of a message. One that somebody else has is left alone; after a fifth of a
        second the rest is given back to the queue.
        """
        from novu_core.backends.handed import run_handed

        return run_handed(self.engine, execution_ids)

    def close(self) -> None:
        """Stop the worker, let its runs finish, and close the store and the providers' connections."""
        if self.closed:
            return
        self.closed = True
        live.discard(self)
        for end in self.ends:
            end()
        if built(self, "worker"):
            self.worker.stop()
        if built(self, "engine"):
            self.engine.close()

    def __enter__(self) -> Self:
        self._token = innermost.set((*innermost.get(), self))
        return self

    def __exit__(self, *exception: object) -> None:
        innermost.reset(self._token)
        self.close()

    def __repr__(self) -> str:
        return f"<Client with {len(self.registry)} workflows on {self.engine.parts.store.database.name}>"
