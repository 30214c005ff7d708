"""The activity feed: every run with its jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from novu_core.aio import IO
from novu_core.definition.workflow import Workflow
from novu_core.http.messages import Request, Response
from novu_core.http.novu.answers import OWNED, affordable, numbered
from novu_core.http.novu.jobs import jobs_of
from novu_core.http.novu.workflows import trigger_of
from novu_core.http.shapes.answers import given, result, time_text
from novu_core.http.shapes.errors import invalid
from novu_core.http.shapes.filters import severities_of
from novu_core.http.shapes.people import person_of
from novu_core.http.shapes.query import Query
from novu_core.http.shapes.resources import resource
from novu_core.http.surface import Operation, Route, Served
from novu_core.records import ExecutionContext
from novu_core.types import JsonObject, StepType

_KINDS = tuple(kind.value for kind in StepType)


async def search(served: Served, request: Request, io: IO) -> Response:
    """List runs, newest first."""
    query = Query(request)
    number, limit = query.page(), query.limit()
    asked = _filters(served, query)
    if asked.get("workflow_id") == []:  # no workflow has that severity
        return numbered([], number, limit, more=False)
    page = await io.call(lambda: served.client.executions.page(number, limit=limit, **asked))
    people = await io.call(served.client.subscribers.internal_ids, [run.payload.recipient for run in page])
    runs = await io.call(lambda: [run_of(served, run, people) for run in page])
    for run, payload in zip(runs, affordable([run["payload"] for run in runs]), strict=True):
        if payload is None:
            del run["payload"]
    return numbered(runs, number, limit, more=page.has_more)


async def retrieve(served: Served, request: Request, io: IO) -> Response:
    """Return one run."""
    run = await io.call(served.client.executions.get, resource(request, "run_id", "Notification"))
    people = await io.call(served.client.subscribers.internal_ids, [run.payload.recipient])
    return result(await io.call(run_of, served, run, people))


def _filters(served: Served, query: Query) -> dict[str, Any]:
    kinds = query.texts("channels")
    for kind in kinds:
        if kind not in _KINDS:
            raise invalid("channels", f"channels must be some of {', '.join(_KINDS)}", kind)
    named, urgent = query.texts("templates"), _of_severity(served, query.texts("severity"))
    workflows = named or None if urgent is None else [each for each in urgent if not named or each in named]
    return given(
        channel=kinds or None,
        workflow_id=workflows,
        email=query.texts("emails") or None,
        subscriber_id=query.texts("subscriberIds") or None,
        transaction_id=query.texts("transactionId") or None,
        search=query.text("search"),
        after=query.moment("after"),
        before=query.moment("before"),
    )


def run_of(served: Served, run: ExecutionContext, people: Mapping[str, str]) -> JsonObject:
    """Return a run. ``people``: the internal ids of subscribers that are stored; others are not shown."""
    name, workflow = run.payload.recipient, served.client.workflows.get(run.workflow_id)
    jobs = jobs_of(served.client.engine.parts.router, run, workflow)
    ended = run.completed_at or run.started_at or run.created_at
    return {
        "_id": run.execution_id,
        **OWNED,
        "_subscriberId": people.get(name, name),
        "_templateId": run.workflow_id,
        "transactionId": run.transaction_id,
        **given(_digestedNotificationId=run.merged_into),
        "createdAt": time_text(run.created_at),
        "updatedAt": time_text(ended),
        "channels": list(dict.fromkeys(job["type"] for job in jobs)),
        "payload": run.payload.data,
        "jobs": jobs,
        "template": _template(run.workflow_id, workflow),
        **_about(workflow),
        **({"subscriber": _person(run, people[name])} if name in people else {}),
    }


def _template(workflow_id: str, workflow: Workflow | None) -> JsonObject:
    name = workflow.name if workflow else workflow_id
    return {"_id": workflow_id, "name": name, "origin": "external", "triggers": [trigger_of(workflow_id)]}


def _about(workflow: Workflow | None) -> JsonObject:
    if workflow is None:
        return {}
    return {"tags": list(workflow.tags), "severity": workflow.severity.value, "critical": workflow.critical}


def _person(run: ExecutionContext, internal_id: str) -> JsonObject:
    shown = person_of(run.subscriber, internal_id)
    shown.pop("avatar", None)
    return {**shown, "subscriberId": run.payload.recipient}


def _of_severity(served: Served, words: Sequence[str]) -> list[str] | None:
    """Return the workflows that have one of these severities; None where none is asked."""
    checked = severities_of(words)
    return (
        [each.workflow_id for each in served.client.workflows.values() if each.severity.value in checked]
        if words
        else None
    )


ROUTES = (
    Route("/v1/notifications", {"GET": Operation(search)}),
    Route("/v1/notifications/{run_id}", {"GET": Operation(retrieve)}),
)
