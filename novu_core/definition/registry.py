"""Workflows by id."""

from __future__ import annotations

import collections
import importlib
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from types import ModuleType
from typing import Any, TypeVar, overload

from typing_extensions import Unpack

from novu_core.definition.agents import Agent
from novu_core.definition.workflow import Workflow, WorkflowOptions, build
from novu_core.errors import ConfigurationError, WorkflowAlreadyExistsError, WorkflowNotFoundError

T = TypeVar("T")


class Registry(Mapping[str, Workflow]):
    """A mapping of workflow id to :class:`Workflow`, in the order of registration.

    ``registry[id]`` raises WorkflowNotFoundError, which is not a KeyError: use ``registry.get(id)`` to ask.
    """

    def __init__(self, workflows: Iterable[Workflow] = ()) -> None:
        self._workflows: dict[str, Workflow] = {}
        self.agents: MutableMapping[str, Agent] = {}
        self._followers: weakref.WeakValueDictionary[int, Registry] = weakref.WeakValueDictionary()
        self.add(*workflows)

    def __getitem__(self, workflow_id: str) -> Workflow:
        try:
            return self._workflows[workflow_id]
        except KeyError:
            raise WorkflowNotFoundError(workflow_id) from None

    def __contains__(self, workflow_id: object) -> bool:
        return workflow_id in self._workflows

    @overload
    def get(self, workflow_id: str, /) -> Workflow | None: ...
    @overload
    def get(self, workflow_id: str, /, default: Workflow | T) -> Workflow | T: ...
    def get(self, workflow_id: str, /, default: Any = None) -> Any:
        """Return the workflow, or ``default``."""
        return self._workflows.get(workflow_id, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._workflows)

    def __len__(self) -> int:
        return len(self._workflows)

    def __repr__(self) -> str:
        return f"Registry({list(self._workflows)!r})"

    def add(self, *workflows: Workflow) -> None:
        """Register workflows. Raises WorkflowAlreadyExistsError for an id that another workflow has."""
        for workflow in workflows:
            self._check_free(workflow)
            self._workflows[workflow.workflow_id] = workflow
            for follower in tuple(self._followers.values()):
                follower.add(workflow)

    def _check_free(self, workflow: Workflow) -> None:
        """Raise where this registry or one that follows it has another workflow of that id, before any takes it."""
        if self._workflows.get(workflow.workflow_id, workflow) is not workflow:
            raise WorkflowAlreadyExistsError(workflow.workflow_id)
        for follower in tuple(self._followers.values()):
            follower._check_free(workflow)

    def follow(self, other: Registry) -> None:
        """Register what another registry holds, and what it will hold. Raises WorkflowAlreadyExistsError."""
        self.add(*other.values())
        self.agents = collections.ChainMap(other.agents, self.agents)
        other._followers[id(self)] = self

    def workflow(
        self, workflow_id: str, **options: Unpack[WorkflowOptions]
    ) -> Callable[[Callable[..., Any]], Workflow]:
        """Decorate a function as a workflow of this registry; options as :func:`novu_core.workflow`."""
        return build(workflow_id, self.add, options)


default_registry = Registry()


def agent(agent_id: str, *, registry: Registry | None = None, **handlers: Callable[..., Any]) -> Agent:
    """Register an agent, in the default registry unless another is given. ``handlers``: ``on_message`` and others."""
    made = Agent(agent_id, **handlers)
    (default_registry if registry is None else registry).agents[agent_id] = made
    return made


def workflow(
    workflow_id: str, *, registry: Registry | None = None, **options: Unpack[WorkflowOptions]
) -> Callable[[Callable[..., Any]], Workflow]:
    """Decorate a function as a workflow, in the default registry unless another is given.

    The function takes any of ``payload``, ``step``, ``subscriber``, ``controls``, ``env`` and ``context``, by name. It
    becomes a :class:`Workflow`, to trigger. Raises WorkflowAlreadyExistsError, and DefinitionError for a bad option.
    """
    return build(workflow_id, (default_registry if registry is None else registry).add, options)


def collect(sources: Any) -> Registry:
    """Return a registry of what ``sources`` names: workflows, registries, modules, import strings, or a list of them.

    An import string is ``"package.module"`` or ``"package.module:attribute"``. Raises ConfigurationError.
    """
    registry = Registry()
    if isinstance(sources, Workflow | Mapping | ModuleType | str) or not isinstance(sources, Iterable):
        sources = [sources]
    for source in sources:
        for found in _workflows_in(source):
            if registry.get(found.workflow_id) is not found:
                registry.add(found)
    return registry


def _workflows_in(source: Any) -> list[Workflow]:
    if isinstance(source, Workflow):
        return [source]
    if isinstance(source, Mapping):
        return list(source.values())
    if isinstance(source, ModuleType):
        return [value for value in vars(source).values() if isinstance(value, Workflow)]
    if isinstance(source, str):
        module, _, attribute = source.partition(":")
        try:
            loaded: Any = importlib.import_module(module)
            return _workflows_in(getattr(loaded, attribute) if attribute else loaded)
        except (ImportError, AttributeError) as error:
            raise ConfigurationError(f"NOVU_WORKFLOWS names {source!r}, which cannot be imported: {error}") from error
    if isinstance(source, list | tuple):
        return [workflow for item in source for workflow in _workflows_in(item)]
    raise ConfigurationError(
        f"{source!r} is not a workflow; pass workflows, modules, or import strings such as 'myapp.notifications'."
    )
