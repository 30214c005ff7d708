"""The facade and composition root: a registry, the engine (or Novu's API) and the managers over them."""

from __future__ import annotations

import contextvars
import gc
import logging
import os
import socket
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from typing_extensions import Self, Unpack

from novu_core.aio import IO, Blocking, Looped, drive
from novu_core.clock import Clock, SystemClock
from novu_core.codec import jsonable
from novu_core.definition.registry import Registry, collect, default_registry
from novu_core.definition.retry import Retry
from novu_core.definition.workflow import TriggerOptions, Workflow, WorkflowOptions, set_dispatcher
from novu_core.errors import ConfigurationError
from novu_core.settings import Settings, checked_keys, environment

if TYPE_CHECKING:
    from novu_core.delivery import Provider
    from novu_core.engine.views import TriggerResult
    from novu_core.people import Inbox
    from novu_core.remote import Remote

logger = logging.getLogger("novu_core")

_live: weakref.WeakSet[Client] = weakref.WeakSet()
_innermost: contextvars.ContextVar[tuple[Client, ...]] = contextvars.ContextVar("novu_clients", default=())
_default_lock = threading.Lock()
_default: Client | None = None

frameworks: list[Callable[[], Any]] = []
"""Integrations add a function that returns the client of the present application context, or None."""


class Client:
    """Runs workflows and answers about them. Use it as a context manager, or call :meth:`close`.

    ``settings``: a Settings, or a mapping of ``NOVU_*`` names; what they leave out comes from the environment.
    ``workflows``: workflows, modules, or import strings; the default registry where nothing is given.
    ``delivery``: one provider for every channel, in place of the settings'. ``console``: whether a channel without a
    provider prints to the console. ``context``: entered around every run of a workflow function. ``listeners``: called
    with the name of every event, and its data as keywords.
    """

    wakes = True
    """Whether requests and triggers start this process's worker; false in a command that ends at once."""

    def __init__(
        self,
        settings: Settings | Mapping[str, Any] | None = None,
        workflows: Any = None,
        *,
        clock: Clock | None = None,
        delivery: Provider | None = None,
        context: Callable[[], AbstractContextManager[Any]] = nullcontext,
        default_store: str = "sqlite://",
        console: bool = True,
        listeners: Iterable[Callable[..., object]] = (),
    ) -> None:
        # The engine and SQLAlchemy are for who runs workflows: importing this module is for who only defines them.
        from novu_core.delivery import Console, Router
        from novu_core.engine.engine import Engine
        from novu_core.engine.runner import Parts
        from novu_core.managers import Controls, Executions, Messages, Workflows
        from novu_core.people import Preferences, Subscribers, Topics
        from novu_core.storage.store import Store

        self.settings = (
            settings if isinstance(settings, Settings) else Settings.load(checked_keys(settings or {}), environment())
        )
        chosen = workflows if workflows is not None else self.settings.workflows
        self.registry: Registry = (
            chosen if isinstance(chosen, Registry) else collect(default_registry if chosen is None else chosen)
        )
        self.clock: Clock = clock or SystemClock()
        fallback = delivery if delivery is not None else Console() if console else None
        self.engine = Engine(
            Parts(
                store=Store(self.settings.store_url or default_store),
                clock=self.clock,
                registry=self.registry,
                router=Router({} if delivery is not None else self.settings.delivery, default=fallback),
                retry=_retry(self.settings.retry),
                timezone=self.settings.timezone,
                lease=timedelta(seconds=self.settings.lease_seconds),
                owner=f"{socket.gethostname()}:{os.getpid()}",
                context=lambda: self._within(context),
                background=clock is None,
            )
        )
        self.events = self.engine.parts.events
        self.events.listeners.extend(listeners)
        self.workflows = Workflows(self.registry, self.engine)
        self.executions = Executions(self.engine)
        self.messages = Messages(self.engine)
        self.subscribers = Subscribers(self.engine)
        self.preferences = Preferences(self.engine)
        self.topics = Topics(self.engine)
        self.controls = Controls(self.registry, self.engine)
        self._closed = False
        self._announce()

    def owns(self, workflow: Workflow) -> bool:
        """Whether ``workflow`` is registered with this client."""
        return self.registry.get(workflow.workflow_id) is workflow

    def _announce(self) -> None:
        """Let bare ``workflow.trigger()`` calls find this client."""
        _live.add(self)

    def workflow(
        self, workflow_id: str, **options: Unpack[WorkflowOptions]
    ) -> Callable[[Callable[..., Any]], Workflow]:
        """Decorate a function as a workflow of this client."""
        return self.registry.workflow(workflow_id, **options)

    def trigger(
        self, workflow: Workflow | str, to: Any, payload: Any = None, **options: Unpack[TriggerOptions]
    ) -> TriggerResult:
        """Run a workflow (or the one with this id) for ``to``; see :meth:`Workflow.trigger`."""
        return drive(self.dispatch(workflow, Blocking(), to=to, payload=payload, **options))

    async def atrigger(
        self, workflow: Workflow | str, to: Any, payload: Any = None, **options: Unpack[TriggerOptions]
    ) -> TriggerResult:
        """Do as :meth:`trigger` on the running event loop, which is not blocked."""
        return await self.dispatch(workflow, Looped(), to=to, payload=payload, **options)

    async def dispatch(
        self, workflow: Workflow | str, io: IO, to: Any, payload: Any = None, **options: Unpack[TriggerOptions]
    ) -> TriggerResult:
        """Trigger through the given IO; what the two above and the HTTP room share."""
        unknown = ", ".join(f"`{name}`" for name in options if name not in TriggerOptions.__annotations__)
        if unknown:
            known = ", ".join(TriggerOptions.__annotations__)
            raise TypeError(f"trigger() has no option {unknown}; there are {known}.")
        found = self.registry[workflow] if isinstance(workflow, str) else workflow
        if not isinstance(found, Workflow):
            raise TypeError(f"trigger() takes a workflow or the id of one, not {workflow!r}.")
        if self.registry.get(found.workflow_id) is not found:
            raise ConfigurationError(
                f"Workflow `{found.workflow_id}` is not registered with the client that would run it; give it to one: "
                "Client(workflows=[...]), NovuEnvironment(workflows=[...]) or init_app(app, workflows=[...])."
            )
        if self.settings.dispatch == "cloud":
            return await io.call(self._to_cloud, found, to, payload, options)
        self.wake()
        if found.is_async:
            return await self.engine.trigger(found, io, to, payload, **options)
        return await io.run(lambda blocking: self.engine.trigger(found, blocking, to, payload, **options))

    def _to_cloud(self, workflow: Workflow, to: Any, payload: Any, options: TriggerOptions) -> TriggerResult:
        """Let Novu run the workflow: it calls this app's bridge back for every step (PROTOCOL section 12)."""
        from novu_core.engine.views import TriggerResult

        _, request, transaction = self.engine.checked(workflow, to, payload, options)
        body = {"name": workflow.workflow_id, "to": jsonable(to), "payload": request["payload"]}
        body["transactionId"] = transaction
        body |= {name: request[name] for name in ("overrides", "context", "controls") if request[name]}
        if options.get("actor") is not None:
            body["actor"] = jsonable(options["actor"])
        self.remote().trigger(body)
        return TriggerResult(transaction, [])

    def remote(self) -> Remote:
        """Return Novu's API as the settings name it. Raises ConfigurationError without a secret."""
        from novu_core.remote import Remote

        return Remote(self.settings.api_url, self.settings.secret_key[0] if self.settings.secret_key else None)

    @contextmanager
    def _within(self, context: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
        """Around a workflow function: the user's context, and triggers from inside come to this client."""
        token = _innermost.set((*_innermost.get(), self))
        try:
            with context():
                yield
        finally:
            _innermost.reset(token)

    def cancel(self, transaction_id: str) -> int:
        """Cancel every execution of a trigger that has not ended; return how many there were (with Novu: 1)."""
        if self.settings.dispatch == "cloud":
            self.remote().cancel(transaction_id)
            return 1
        return self.executions.cancel_all(transaction_id)

    def inbox(self, subscriber_id: str) -> Inbox:
        """Return a subscriber's in-app messages."""
        from novu_core.people import Inbox

        return Inbox(self.engine, subscriber_id)

    def wake(self) -> None:
        """Start this process's worker thread if the settings ask for one."""
        wanted = self.wakes and self.settings.worker == "thread" and self.engine.parts.background
        if wanted and not self.engine.worker.running:
            self.engine.worker.start()

    def start_worker(self, concurrency: int = 4) -> None:
        """Start the worker thread now, whatever the settings say."""
        self.engine.worker.start(concurrency)

    def close(self) -> None:
        """Stop the worker, let its runs finish, and close the store and the providers' connections."""
        if not self._closed:
            self._closed = True
            _live.discard(self)
            self.engine.close()

    def __enter__(self) -> Self:
        self._token = _innermost.set((*_innermost.get(), self))
        return self

    def __exit__(self, *exception: object) -> None:
        _innermost.reset(self._token)
        self.close()

    def __repr__(self) -> str:
        return f"<Client with {len(self.registry)} workflows on {self.engine.parts.store.database.name}>"


def _retry(given: Any) -> Retry:
    if given is None or isinstance(given, Retry):
        return given or Retry()
    if not isinstance(given, Mapping) or given.keys() - {"attempts", "base", "cap"}:
        raise ConfigurationError(f"NOVU_RETRY: give attempts, base and cap, as {{'attempts': 4}}, not {given!r}.")
    try:
        return Retry(**given)
    except ValueError as error:
        raise ConfigurationError(f"NOVU_RETRY: {str(error).removeprefix('Retry: ')}") from None


def find_client(workflow: Workflow) -> Client:
    """Return the client that a bare ``workflow.trigger()`` means (ARCHITECTURE, Triggering).

    The application context's, else the innermost ``with client:``, else the only live one that registered the workflow,
    else the default client. Raises ConfigurationError where several could be meant.
    """
    for current in frameworks:
        client = current()
        if client is not None and client.registry.get(workflow.workflow_id) is workflow:
            return client  # type: ignore[no-any-return]  # the hook is untyped, so that frameworks need no import here
    inner = _innermost.get()
    if inner:
        return inner[-1]
    owners = _owners(workflow)
    if len(owners) > 1:
        del owners
        gc.collect()  # apps that nobody holds any more are cycles, and were counted
        owners = _owners(workflow)
    if len(owners) == 1:
        return owners[0]
    if len(owners) > 1:
        raise ConfigurationError(
            f"Workflow `{workflow.workflow_id}` is registered with {len(owners)} live clients. Say which one: "
            "`with client: ...`, `client.trigger(workflow, ...)`, or push the app's context."
        )
    return default_client()


def _owners(workflow: Workflow) -> list[Client]:
    return [client for client in _live if client.owns(workflow)]


def default_client() -> Client:
    """Return the client of plain scripts, made from the environment at the first use."""
    global _default
    with _default_lock:
        if _default is None or _default._closed:
            _default = Client()
            where = f"in {_default.engine.parts.store.database.name}"
            logger.warning(
                "No client is set up: workflows run with the default one, which keeps its history %s. "
                "Make a Client(...) or set NOVU_STORE_URL to change that.", where,
            )  # fmt: skip
        return _default


set_dispatcher(find_client)
