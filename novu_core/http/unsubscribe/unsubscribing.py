"""The page of a link to unsubscribe: it shows what the subscriber gets, and changes it when it is asked to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from novu_core.engine.preferences import is_fixed
from novu_core.http.messages import Request, Response
from novu_core.http.unsubscribe.forms import Fields, read_form
from novu_core.http.unsubscribe.guard import Visitor, for_bearers
from novu_core.http.unsubscribe.render import page
from novu_core.records.links import PREFERENCES, Link
from novu_core.types import Channel

MOST_BYTES = 16_384
"""How large a form of this page may be."""
ONE_CLICK = ("List-Unsubscribe", "One-Click")
_OFF = "workflow-off"
CHOICES: Mapping[str, tuple[bool, bool]] = MappingProxyType(
    {_OFF: (True, False), "workflow-on": (True, True), "all-off": (False, False), "all-on": (False, True)}
)
"""What the field ``choice`` may say: whether for the workflow alone, and whether its e-mail shall come."""


def show(visitor: Visitor, request: Request) -> Response:
    """Show what comes, and change nothing: scanners of mail follow links."""
    return _page(visitor, request, 200 if visitor.link.workflow_id in visitor.client.registry else 404)


def change(visitor: Visitor, request: Request) -> Response:
    """Do as one click or a button of the page says, and show what comes now."""
    choice = _choice(read_form(request, min(MOST_BYTES, visitor.client.settings.max_body_bytes)))
    if choice is None:
        return _page(visitor, request, 400)
    of_workflow, enabled = CHOICES[choice]
    preferences, workflow_id = visitor.client.preferences, visitor.link.workflow_id
    if of_workflow:
        workflow = visitor.client.registry.get(str(workflow_id))
        if workflow is None or is_fixed(workflow):
            return _page(visitor, request, 404 if workflow is None else 409)
    rules = {"channels": {Channel.EMAIL.value: {"enabled": enabled}}}
    preferences.set(visitor.link.subscriber_id, rules, workflow_id if of_workflow else None)
    return _page(visitor, request, 200, choice)


def _choice(fields: Fields) -> str | None:
    """What a form asks for, or None where it says nothing, or several things."""
    if ONE_CLICK in fields:
        return _OFF
    said = {value for name, value in fields if name == "choice"}
    return said.pop() if len(said) == 1 and said <= CHOICES.keys() else None


def _page(visitor: Visitor, request: Request, status: int, done: str | None = None) -> Response:
    client, (subscriber_id, issued, workflow_id) = visitor.client, visitor.link
    workflow = client.registry.get(str(workflow_id))
    email, preferences = Channel.EMAIL, client.preferences
    context = {
        "workflow": None if workflow is None else {"id": workflow.workflow_id, "name": workflow.name},
        "fixed": workflow is not None and is_fixed(workflow),
        "enabled": workflow is not None and preferences.decision(subscriber_id, email, workflow.workflow_id).enabled,
        "all_enabled": preferences.decision(subscriber_id, email).enabled,
        "always": _always(visitor),
        "done": done,
        "preferences_url": _beside(request, client.links.token(Link(subscriber_id, issued))),
    }
    return page(client, status, "unsubscribe", visitor.opened.subscriber, context)


def _always(visitor: Visitor) -> bool:
    """Whether there is e-mail that comes whatever the subscriber chooses."""
    found = visitor.client.preferences.effective(visitor.link.subscriber_id)
    decisions = [item.channels.get(Channel.EMAIL) for item in found.workflows if item.fixed]
    return any(decision is not None and decision.enabled for decision in decisions)


def _beside(request: Request, token: str) -> str:
    """The preference centre relative to this page, which holds behind every proxy."""
    return f"{'../../' if request.path.endswith('/') else '../'}{PREFERENCES.lstrip('/')}/{token}"


answer = for_bearers(show, change, workflow=True)
