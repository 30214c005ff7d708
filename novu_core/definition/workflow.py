"""A workflow: an id, a function, and what is declared about it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from typing_extensions import TypedDict, Unpack

from novu_core.aio import is_async_callable, is_failure
from novu_core.definition import channels, checks
from novu_core.definition.control_schemas import ControlSchema, control_schemas
from novu_core.definition.discovery import discover, discovering, impossible
from novu_core.definition.handlers import parameters_of, payload_annotation
from novu_core.definition.placeholders import Placeholder
from novu_core.definition.preferences import Preferences
from novu_core.definition.schema import schema_of
from novu_core.definition.step_call import StepCall
from novu_core.definition.step_definition import StepDefinition, define_step
from novu_core.errors import ConfigurationError, DefinitionError, DiscoveryError, NovuError, text_of
from novu_core.lines import logger_of
from novu_core.records import TriggerResult
from novu_core.schedules.retry import Retry
from novu_core.threads import OwnLock
from novu_core.types import JsonObject, OnError, Priority, Severity, WorkflowStatus

if TYPE_CHECKING:
    from novu_core.storage.sessions import AsyncLendable, Lendable


class WorkflowOptions(TypedDict, total=False):
    """What ``@workflow`` accepts beside the id (ARCHITECTURE, Defining).

    ``name``, ``description``, ``tags``, ``severity``: what people see, and inboxes filter by. ``critical``: always
    sent, whatever preferences and hours say. ``priority``: before or after the runs of other workflows.
    ``payload_schema``, ``control_schema``, ``env_schema``: a pydantic model, dataclass, TypedDict or JSON Schema, where
    the argument is not annotated. ``preferences``: the defaults of its channels. ``retry``: of exceptions in your code;
    deliveries are retried anyway. ``on_error``: whether a delivery that failed for good stops the run. ``status``: the
    first one, ``active`` by default. ``metadata``: kept with it.
    """

    name: str | None
    description: str | None
    tags: Iterable[str]
    severity: Severity | Literal["none", "low", "medium", "high"]
    critical: bool
    priority: Priority | Literal["high", "normal", "low"] | None
    payload_schema: Any
    control_schema: Any
    env_schema: Any
    preferences: Preferences | Mapping[str, Any] | None
    retry: Retry | None
    on_error: OnError | Literal["continue", "stop"]
    status: WorkflowStatus | Literal["draft", "active", "archived"]
    metadata: Mapping[str, Any] | None


class CommonTriggerOptions(TypedDict, total=False):
    """What every trigger accepts beside ``to`` and ``payload`` (ARCHITECTURE, Triggering).

    ``transaction_id``: a repeat with the same one starts nothing. ``metadata``: kept with the runs. ``overrides``: laid
    over what steps return, by channel. ``actor``: who caused it, and is left out of topics. ``context``: for templates,
    and part of a digest's bucket. ``controls``: ``{"steps": {step_id: {...}}}``, over the stored values. ``priority``:
    instead of the workflow's. ``wait``: whether the runs go on before it returns; ``NOVU_WAIT`` by default.
    """

    transaction_id: str | None
    metadata: Mapping[str, Any] | None
    overrides: Mapping[str, Any] | None
    actor: Any
    context: Mapping[str, Any] | None
    controls: Mapping[str, Any] | None
    priority: Priority | Literal["high", "normal", "low"] | None
    wait: bool


class TriggerOptions(CommonTriggerOptions, total=False):
    """And a transaction of the user's own, in which it is recorded."""

    session: Lendable | None


class AsyncTriggerOptions(CommonTriggerOptions, total=False):
    """On an event loop that may be one of asyncio's."""

    session: Lendable | AsyncLendable | None


class Dispatcher(Protocol):
    """What runs a workflow that was triggered; a client."""

    def trigger(self, workflow: Any, to: Any, payload: Any = None, **options: Unpack[TriggerOptions]) -> TriggerResult:
        """Trigger and return the result."""
        ...

    async def atrigger(
        self, workflow: Any, to: Any, payload: Any = None, **options: Unpack[AsyncTriggerOptions]
    ) -> TriggerResult:
        """Trigger on the running event loop."""
        ...


logger = logger_of(__name__)

_ON_THE_FLY = 256
_find_dispatcher: Callable[[Workflow], Dispatcher] | None = None


def set_dispatcher(find: Callable[[Workflow], Dispatcher]) -> None:
    """Say which client a bare ``workflow.trigger()`` means; the client room does, at its import."""
    global _find_dispatcher
    _find_dispatcher = find


def untriggered() -> TriggerResult | None:
    """Return what a trigger gives inside a function that is run only to see its steps; None anywhere else."""
    return cast(TriggerResult, Placeholder()) if discovering() else None


class Workflow:
    """What ``@workflow`` makes of a function. ``workflow.steps`` lists what the function calls, ``trigger`` runs it."""

    def __init__(
        self,
        workflow_id: str,
        handler: Callable[..., Any],
        *,
        local_names: Mapping[str, Any] | None = None,
        **options: Unpack[WorkflowOptions],
    ) -> None:
        unknown = options.keys() - WorkflowOptions.__annotations__.keys()
        if unknown:
            raise DefinitionError(
                f"Workflow `{workflow_id}`: unknown option {', '.join(sorted(unknown))}; "
                f"use one of {', '.join(WorkflowOptions.__annotations__)}."
            )
        payload_schema = options.get("payload_schema")
        annotation = payload_annotation(handler, workflow_id, local_names or {}) if payload_schema is None else None
        self.workflow_id = checks.workflow_id(workflow_id)
        self.handler = handler
        where = f"Workflow `{workflow_id}`"
        self.title = checks.text(options.get("name"), "name", where)
        self.description = checks.text(options.get("description"), "description", where)
        self.tags = checks.tags(options.get("tags", ()), where)
        self.severity = checks.member(Severity, options.get("severity", "none"), "severity", where)
        self.critical = checks.flag(options.get("critical", False), "critical", where)
        given = options.get("priority")
        self.priority = None if given is None else checks.member(Priority, given, "priority", where)
        self.preferences: Preferences | Mapping[str, Any] | None = checks.preferences(options.get("preferences"), where)
        self.retry = checks.retry(options.get("retry"), where)
        self.on_error = checks.member(OnError, options.get("on_error", "continue"), "on_error", where)
        self.status = checks.member(WorkflowStatus, options.get("status", "active"), "status", where)
        self.metadata: JsonObject = dict(checks.mapping(options.get("metadata"), "metadata", where) or {})
        self.is_async = is_async_callable(handler)
        checks.no_generator(handler, where)
        self.parameters = parameters_of(handler, workflow_id)
        try:
            self.payload_schema = schema_of(
                payload_schema if annotation is None else annotation, where="payload_schema"
            )
            self.control_schema = schema_of(options.get("control_schema"), where="control_schema")
            self.env_schema = schema_of(options.get("env_schema"), where="env_schema")
        except DefinitionError as error:
            raise type(error)(f"{where}: {error.message}") from error
        self._discovered: dict[str, StepDefinition] | None = None
        self._discovery_error: Exception | None = None
        self._on_the_fly: dict[str, StepDefinition] = {}
        self._lock = OwnLock()

    @property
    def name(self) -> str:
        """What people read: the name given, else the id."""
        return self.title or self.workflow_id

    @property
    def payload_json_schema(self) -> JsonObject:
        """The payload's JSON Schema."""
        return self.payload_schema.json_schema if self.payload_schema else channels.EMPTY

    @property
    def steps(self) -> list[StepDefinition]:
        """The steps, in the function's order. Raises what :meth:`discover` raises."""
        return list(self.discover().values())

    @property
    def control_schemas(self) -> list[ControlSchema]:
        """The control schemas that were declared, the workflow's own first. Raises what :meth:`discover` does."""
        return control_schemas(self.workflow_id, self.control_schema, self.steps)

    def discover(self) -> dict[str, StepDefinition]:
        """Return the steps by id; the function is run once for it. Raises the same error every time if that fails."""
        if self._discovered is None:
            with self._lock:
                if self._discovery_error is not None:
                    raise self._discovery_error
                if self._discovered is None:
                    try:
                        self._discovered = discover(self.handler, self.parameters, is_async=self.is_async)
                    except NovuError as error:
                        self._discovery_error = error
                        raise
                    except BaseException as error:
                        if not (is_failure(error) or isinstance(error, SystemExit)):
                            raise
                        self._discovery_error = DiscoveryError(
                            f"The function of workflow `{self.workflow_id}` raised {type(error).__name__}: "
                            f"{text_of(error)} when it was run once with placeholder values to find its steps."
                        )
                        raise self._discovery_error from error
        return self._discovered

    def steps_or_none(self) -> list[StepDefinition] | None:
        """Return the steps, or None where discovery fails; the first failure is logged with the workflow's name."""
        told = self._discovery_error is not None
        try:
            return self.steps
        except Exception as error:
            if not told:
                logger.error("Workflow %s cannot be discovered and is not served: %s", self.workflow_id, error)
            return None

    def check(self) -> None:
        """Raise the DefinitionError that makes every run of this workflow impossible, if there is one.

        Misspelled keys of a literal output count here only: Novu's bridge takes them, as the peer does.
        """
        try:
            steps = self.discover()
        except Exception as error:
            if impossible(error):
                raise
            return
        for step in steps.values():
            if step.misspelled is not None:
                raise DefinitionError(step.misspelled)

    def definition_of(self, call: StepCall) -> StepDefinition:
        """Return the compiled definition of a step call; compiled once for each step, also for undiscovered ones."""
        known = (self._discovered or {}).get(call.step_id) or self._on_the_fly.get(call.step_id)
        if known is None or not known.fits(call):
            known = define_step(call)
            if len(self._on_the_fly) >= _ON_THE_FLY:  # ids made of payloads come without end
                self._on_the_fly.clear()
            self._on_the_fly[call.step_id] = known.bare
        return known

    def trigger(self, to: Any, payload: Any = None, **options: Unpack[TriggerOptions]) -> TriggerResult:
        """Run this workflow for ``to`` (ARCHITECTURE, Triggering), with the options of :class:`CommonTriggerOptions`.

        ``to``: a subscriber id, a mapping such as ``{"subscriberId", "email", "phone", ...}``, a :class:`Subscriber`,
        a topic ``{"type": "Topic", "topicKey"}``, or a list of these: one run for each. ``payload``: what the schema
        accepts. A run that fails does not raise: its status says so. Raises PayloadInvalidError, RecipientInvalidError,
        WorkflowNotActiveError, and AsyncContextError for an async workflow inside a running event loop.

        ``session``: an SQLAlchemy Session, scoped_session or Connection on the store's own database. The runs are
        recorded in its transaction and begin after its commit. Raises ConfigurationError for another database, and
        where this thread would wait for its own session.
        """
        if (nothing := untriggered()) is not None:
            return nothing
        return self._dispatcher().trigger(self, to=to, payload=payload, **options)

    async def atrigger(self, to: Any, payload: Any = None, **options: Unpack[AsyncTriggerOptions]) -> TriggerResult:
        """Do as :meth:`trigger` on the running event loop, which is not blocked; ``session`` may be an AsyncSession."""
        if (nothing := untriggered()) is not None:
            return nothing
        return await self._dispatcher().atrigger(self, to=to, payload=payload, **options)

    def _dispatcher(self) -> Dispatcher:
        if _find_dispatcher is None:
            raise ConfigurationError("No client can run this workflow yet; import novu_core, not only its definitions.")
        return _find_dispatcher(self)

    def __repr__(self) -> str:
        return f"<Workflow {self.workflow_id!r}>"


def build(
    workflow_id: str, register: Callable[[Workflow], None], options: Mapping[str, Any]
) -> Callable[[Callable[..., Any]], Workflow]:
    """Return the decorator behind ``@workflow``: Novu's ``payloadSchema`` and ``controlSchema`` are read too."""
    if callable(workflow_id):
        name = getattr(workflow_id, "__name__", "my_workflow").replace("_", "-")
        raise DefinitionError(f'@workflow needs an id, as in @workflow("{name}").')
    renamed = cast(WorkflowOptions, {_SPELLINGS.get(name, name): value for name, value in options.items()})
    local_names = sys._getframe(2).f_locals  # a payload model defined inside a function is found there

    def decorate(handler: Callable[..., Any]) -> Workflow:
        if not callable(handler):
            raise DefinitionError(f'@workflow("{workflow_id}") decorates a function, not {handler!r}.')
        made = Workflow(workflow_id, handler, local_names=local_names, **renamed)
        register(made)
        return made

    return decorate


_SPELLINGS = {"payloadSchema": "payload_schema", "controlSchema": "control_schema", "envSchema": "env_schema"}
