"""What would go wrong in production, as ``novu check`` tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from traceback import extract_tb
from typing import NamedTuple

from novu_core.aio import Blocking, drive
from novu_core.bridge.untyped import untyped_payload
from novu_core.client.client import Client
from novu_core.client.unreached import unreached_steps
from novu_core.definition.placeholders import Placeholder
from novu_core.definition.step_definition import StepDefinition
from novu_core.definition.workflow import Workflow
from novu_core.delivery.greeting import greet
from novu_core.engine.rehearsal import Rehearsal
from novu_core.engine.strays import Strays, strays
from novu_core.engine.stuck import stuck
from novu_core.errors import NovuError, UnreadableRowError
from novu_core.records.pages import MOST
from novu_core.settings.reading import unknown_variables
from novu_core.types import Channel


class Finding(NamedTuple):
    """A place (a workflow's id, a setting, an execution's id) and what is wrong there; a ``note`` may well be meant."""

    where: str
    problem: str
    note: bool = False


def findings(client: Client, *, open_runs: bool = False, greets: bool = True) -> Iterator[Finding]:
    """Look at the workflows, the settings, the store and the providers; nothing is sent.

    ``open_runs``: replay the runs that wait or are due against the present code, too; nothing is performed.
    ``greets``: whether to connect to the providers.
    """
    used: set[Channel] = set()
    if not client.workflows:
        yield Finding("NOVU_WORKFLOWS", "names no workflow, and none is registered in any other way")
    for workflow in client.workflows.values():
        try:
            steps = workflow.steps
        except NovuError as error:
            yield Finding(workflow.workflow_id, f"cannot be discovered{_place(workflow, error)}: {error}")
            continue
        yield from _workflow(workflow, steps)
        yield from _templates(client, workflow, steps)
        used |= {Channel(step.step_type.value) for step in steps if step.step_type.is_channel}
    for name, meant in unknown_variables():
        if meant is None:
            yield Finding(name, "is not a setting of this version and is ignored", note=True)
        else:
            yield Finding(name, f"is not a setting and is ignored; did you mean {meant}?")
    if client.settings.strict and not client.settings.secret_key:
        yield Finding("NOVU_SECRET_KEY", "is not set, so every request but the health check is refused")
    if client.settings.dispatch == "cloud":  # Novu keeps and delivers
        return
    yield from _store(client, open_runs=open_runs)
    yield from _delivery(client, sorted(used - {Channel.IN_APP}), greets=greets)


def overdue(client: Client) -> list[Strays]:
    """Return the overdue runs of workflows that this client lacks, none where Novu keeps runs. Raises StoreError."""
    return [] if client.settings.dispatch == "cloud" else strays(client.engine.parts)


def _place(workflow: Workflow, error: BaseException) -> str:
    """Where in its own file the function of a workflow raised, in parentheses; empty where that is not known."""
    name = getattr(getattr(workflow.handler, "__code__", None), "co_filename", None)
    lines = [at.lineno for at in extract_tb((error.__cause__ or error).__traceback__) if at.filename == name]
    return f" ({name}:{lines[-1]})" if lines else ""


def _workflow(workflow: Workflow, steps: Iterable[StepDefinition]) -> Iterator[Finding]:
    unreached = unreached_steps(workflow)
    if unreached is not None:
        yield Finding(workflow.workflow_id, unreached, note=True)
    elif not steps:
        yield Finding(workflow.workflow_id, "has no steps")
    for step in steps:
        if step.misspelled is not None:
            yield Finding(workflow.workflow_id, step.misspelled)
    untyped = untyped_payload(workflow)
    if untyped is not None:
        yield Finding(workflow.workflow_id, untyped)


def _templates(client: Client, workflow: Workflow, steps: Iterable[StepDefinition]) -> Iterator[Finding]:
    for step in steps:
        name = step.call.template
        if isinstance(name, str) and not isinstance(name, Placeholder) and not client.templates.has(name):
            yield Finding(
                workflow.workflow_id, f"step `{step.step_id}` names the template `{name}`, which does not exist"
            )


def _store(client: Client, *, open_runs: bool) -> Iterator[Finding]:
    try:
        for workflow_id in client.workflows:
            try:
                client.workflows.status(workflow_id)
            except UnreadableRowError as error:
                yield Finding(workflow_id, error.message)
        for stray in overdue(client):
            yield Finding(stray.workflow_id, str(stray))
        for told in client.engine.neighbours.found().values():
            yield Finding("NOVU_APP", told)
        for run in stuck(client.engine.parts):
            yield Finding(run.execution_id, str(run))
        if open_runs:
            yield from _open_runs(client)
    except NovuError as error:
        yield Finding("NOVU_STORE_URL", error.message)


def _open_runs(client: Client) -> Iterator[Finding]:
    rehearsal, elsewhere = Rehearsal(client.engine.parts, client.engine.runner), Counter[str]()
    for row in rehearsal.open_runs():
        if row.workflow_id not in client.workflows:
            elsewhere[row.workflow_id] += 1
            continue
        misfit = drive(rehearsal.misfit(row, Blocking()))
        if misfit is not None:
            yield Finding(misfit.execution_id, str(misfit))
    for workflow_id, count in elsewhere.items():
        yield Finding(
            workflow_id, f"is not defined here, but has {count} open runs; another app may define it", note=True
        )
    for fanout in client.executions.fanouts(status="open", limit=MOST):
        yield Finding(fanout.fanout_id, str(fanout), note=True)


def _delivery(client: Client, channels: Iterable[Channel], *, greets: bool) -> Iterator[Finding]:
    router, greeted = client.engine.parts.router, set()
    for channel in channels:
        providers = router.providers(channel)
        if not providers:
            yield Finding("NOVU_DELIVERY", router.missing(channel))
        for provider in providers:
            if id(provider) not in greeted:
                greeted.add(id(provider))
                refused = drive(greet(provider, Blocking())) if greets else None
                if refused is not None:
                    yield Finding("NOVU_DELIVERY", f"{channel}: {refused}")
                state = router.lane(provider).state()
                if state.circuit != "closed" and state.since is not None:
                    since = state.since.isoformat(timespec="seconds")
                    told = f"the circuit of {state.provider} has been open since {since}: {state.last_error}"
                    yield Finding("NOVU_DELIVERY", f"{channel}: {told}")
