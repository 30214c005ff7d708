"""The preference centre: every channel of every workflow that the subscriber may choose, on one page."""

from __future__ import annotations

from collections.abc import Iterable

from novu_core.definition.workflow import Workflow
from novu_core.http.messages import Request, Response
from novu_core.http.unsubscribe.forms import Fields, read_form
from novu_core.http.unsubscribe.guard import Visitor, for_bearers
from novu_core.http.unsubscribe.render import page
from novu_core.records.preferences import Decision
from novu_core.types import Channel, JsonObject, WorkflowStatus

CHANNELS = {
    Channel.IN_APP: "In the app",
    Channel.EMAIL: "E-mail",
    Channel.SMS: "SMS",
    Channel.PUSH: "Push",
    Channel.CHAT: "Chat",
}
"""The channels that people know, and what they are called."""


def show(visitor: Visitor, request: Request) -> Response:
    """Show what comes."""
    return _page(visitor, saved=False)


def change(visitor: Visitor, request: Request) -> Response:
    """Save what differs from what the page had shown, so that two open pages do not undo each other's changes."""
    fields = read_form(request, visitor.client.settings.max_body_bytes)
    changes = list(_changes(fields, _sections(visitor)))
    if changes:
        visitor.client.preferences.set_many(visitor.link.subscriber_id, changes)
    return _page(visitor, saved=True)


def _changes(fields: Fields, sections: list[JsonObject]) -> Iterable[tuple[str | None, JsonObject]]:
    """What to set, the global choices first: each takes away what was set before for single workflows."""
    wanted = {value for name, value in fields if name == "on"}
    shown = {value: name == "was-on" for name, value in fields if name in ("was-on", "was-off")}
    for section in sections:
        rules = {
            channel["name"]: {"enabled": field in wanted}
            for channel in section["channels"]
            if (field := channel["field"]) in shown and (field in wanted) is not shown[field]
        }
        if rules and not section["fixed"]:
            yield section["id"], {"channels": rules}


def _page(visitor: Visitor, *, saved: bool) -> Response:
    context: JsonObject = {"sections": _sections(visitor), "saved": saved}
    return page(visitor.client, 200, "preferences", visitor.opened.subscriber, context)


def _sections(visitor: Visitor) -> list[JsonObject]:
    """The global choices, then those of each active workflow. ``id``: the workflow's, None for the global ones."""
    workflows = visitor.client.workflows
    found = visitor.client.preferences.effective(visitor.link.subscriber_id)
    sections = [_section(None, found.channels, fixed=False)]
    for item in found.workflows:
        if workflows.status(item.workflow_id) is WorkflowStatus.ACTIVE:
            sections.append(_section(workflows[item.workflow_id], item.channels, fixed=item.fixed))
    return [section for section in sections if section["channels"]]


def _section(workflow: Workflow | None, decisions: dict[str, Decision], *, fixed: bool) -> JsonObject:
    """``field``: how a form names a choice."""
    workflow_id = None if workflow is None else workflow.workflow_id
    return {
        "id": workflow_id,
        "name": None if workflow is None else workflow.name,
        "description": None if workflow is None else workflow.description,
        "fixed": fixed,
        "channels": [
            {
                "name": channel.value,
                "label": label,
                "field": f"{channel.value}:{workflow_id or ''}",
                "enabled": decisions[channel.value].enabled,
            }
            for channel, label in CHANNELS.items()
            if channel.value in decisions
        ],
    }


answer = for_bearers(show, change, workflow=False)
