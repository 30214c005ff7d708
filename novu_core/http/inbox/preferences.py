"""One subscriber's preferences: which channels may bring what, and in which hours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from novu_core.aio import IO
from novu_core.definition.workflow import Workflow
from novu_core.engine.preferences import is_fixed
from novu_core.errors import WorkflowNotFoundError
from novu_core.http.inbox.authentication import Owner, opened
from novu_core.http.inbox.schedules import Schedule
from novu_core.http.messages import Request, Response
from novu_core.http.shapes.answers import given, result
from novu_core.http.shapes.bodies import Shape, read
from novu_core.http.shapes.errors import Refusal, invalid
from novu_core.http.shapes.filters import severities_of
from novu_core.http.shapes.query import Query
from novu_core.http.shapes.resources import resource
from novu_core.http.shapes.tags import groups_of, tags_of
from novu_core.http.shapes.workflows import workflow_shown
from novu_core.http.surface import Route
from novu_core.records.preferences import Decision, EffectivePreferences, WorkflowPreferences
from novu_core.types import JsonObject

_KNOWN = ("in_app", "email", "sms", "push", "chat")
"""The channels that Novu's clients know."""
_MOST = 100


class Channels(Shape):
    """Whether each channel is wanted; one that is absent stays as it is."""

    in_app: bool | None = Field(default=None, alias="in_app")
    email: bool | None = None
    sms: bool | None = None
    push: bool | None = None
    chat: bool | None = None

    def rules(self) -> JsonObject:
        """Return what is to be changed, as the engine keeps it."""
        told: dict[str, bool] = self.model_dump(include=set(_KNOWN), exclude_none=True)
        return {"channels": {name: {"enabled": value} for name, value in told.items()}} if told else {}


class Everywhere(Channels):
    """What holds for all workflows."""

    schedule: Schedule | None = None


class OfWorkflow(Channels):
    """What holds for one workflow."""

    workflow_id: str


class Several(Shape):
    """What holds for several workflows."""

    preferences: list[OfWorkflow]


async def show(owner: Owner, request: Request, io: IO) -> Response:
    """Show what holds globally, then for each workflow."""
    query = Query(request)
    wanted = query.choice("criticality", ("nonCritical", "critical", "all"), "nonCritical")
    tags, severities = groups_of(tags_of(request) or []), severities_of(query.texts("severity"))
    found = await _effective(owner, io)
    workflows = owner.client.workflows
    return result(
        [
            _globally(found),
            *(
                _of(workflows[item.workflow_id], item)
                for item in found.workflows
                if wanted in ("all", "critical" if item.fixed else "nonCritical")
                and all(set(group) & set(workflows[item.workflow_id].tags) for group in tags)
                and (not severities or workflows[item.workflow_id].severity.value in severities)
            ),
        ]
    )


async def show_globally(owner: Owner, request: Request, io: IO) -> Response:
    """Show what holds globally."""
    return result(_globally(await _effective(owner, io)))


async def change_globally(owner: Owner, request: Request, io: IO) -> Response:
    """Change what holds for all workflows, whatever was set for one of them before."""
    body = read(owner, request, Everywhere)
    rules = body.rules()
    if body.schedule is not None:  # one that is only switched off or on keeps its hours
        rules["schedule"] = {**((await _effective(owner, io)).schedule or {}), **body.schedule.sent()}
    await _set(owner, io, [(None, rules)])
    return result(_globally(await _effective(owner, io)))


async def change(owner: Owner, request: Request, io: IO) -> Response:
    """Change what holds for one workflow."""
    workflow = _workflow(owner, resource(request, "workflow", "Workflow"))
    if is_fixed(workflow):
        raise Refusal(400, f"Critical workflow with id: {workflow.workflow_id} cannot be updated")
    await _set(owner, io, [(workflow.workflow_id, read(owner, request, Channels).rules())])
    return result(_each([workflow], await _effective(owner, io))[0])


async def change_several(owner: Owner, request: Request, io: IO) -> Response:
    """Change what holds for several workflows, all of them or none; of one that is named twice the last counts."""
    items = read(owner, request, Several).preferences
    if not items:
        raise Refusal(400, "preferences must not be empty")
    if len(items) > _MOST:
        raise invalid("preferences", f"preferences must contain no more than {_MOST} elements")
    changes = {item.workflow_id: item.rules() for item in items}
    workflows = [_workflow(owner, workflow_id) for workflow_id in changes]
    if fixed := [workflow.workflow_id for workflow in workflows if is_fixed(workflow)]:
        raise Refusal(400, f"Critical workflows with ids: {', '.join(fixed)} cannot be updated")
    await _set(owner, io, changes.items())
    return result(_each(workflows, await _effective(owner, io)))


def _workflow(owner: Owner, workflow_id: str) -> Workflow:
    try:
        return owner.client.workflows[workflow_id]
    except WorkflowNotFoundError:
        raise Refusal(404, f"Workflow with id: {workflow_id} not found") from None


async def _effective(owner: Owner, io: IO) -> EffectivePreferences:
    found: EffectivePreferences = await io.call(owner.client.preferences.effective, owner.subscriber.subscriber_id)
    return found


async def _set(owner: Owner, io: IO, changes: Iterable[tuple[str | None, JsonObject]]) -> None:
    told = [(workflow_id, rules) for workflow_id, rules in changes if rules]
    if told:
        await io.call(owner.client.preferences.set_many, owner.subscriber.subscriber_id, told)


def _globally(found: EffectivePreferences) -> JsonObject:
    schedule = given(schedule=found.schedule or None)
    return {"level": "global", "enabled": True, "channels": _flags(found.channels), **schedule}


def _each(workflows: list[Workflow], found: EffectivePreferences) -> list[JsonObject]:
    items = {item.workflow_id: item for item in found.workflows}
    return [_of(workflow, items.get(workflow.workflow_id)) for workflow in workflows]


def _of(workflow: Workflow, item: WorkflowPreferences | None) -> JsonObject:
    """Return what holds for one workflow; ``item``: None where its steps cannot be discovered."""
    shown = {**workflow_shown(workflow), "critical": is_fixed(workflow)}
    return {"level": "template", "enabled": True, "channels": _flags(item.channels if item else {}), "workflow": shown}


def _flags(channels: dict[str, Decision]) -> dict[str, bool]:
    decisions: dict[str, Any] = {str(channel): decision for channel, decision in channels.items()}
    return {name: decisions[name].enabled for name in _KNOWN if name in decisions}


_ALL = "/v1/inbox/preferences"
ROUTES = (
    Route(_ALL, {"GET": opened(show), "PATCH": opened(change_globally)}),
    Route(_ALL + "/global", {"GET": opened(show_globally)}),
    Route(_ALL + "/bulk", {"PATCH": opened(change_several)}),
    Route(_ALL + "/{workflow}", {"PATCH": opened(change)}),
)
