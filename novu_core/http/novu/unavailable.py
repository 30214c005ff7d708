"""What Novu's API has and an embedded engine has not: 405 at once, with the way out where there is one.

405 is the one status that all clients turn into an error with its message, that none of them repeats, and that nobody
mistakes for "this thing does not exist".
"""

from __future__ import annotations

from collections.abc import Iterable

from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.table import Table
from novu_core.http.surface import Route

_CODE = "workflows are code, so change the function"
_DELIVERY = "providers are configured with NOVU_DELIVERY"
_PYTHON = "templates are Python, so render them in the step"
_PLATFORM = "it belongs to Novu's platform"
_KEPT = "the engine does not keep it"
_WAYS = {
    _CODE: """/v2/workflows /v2/workflows/{id} /v2/workflows/{id}/sync /v2/workflows/{id}/duplicate
        /v2/workflows/{id}/step/{step_id}/preview /v2/workflows/{id}/steps/{step_id} /v2/workflows/{id}/test-data""",
    _DELIVERY: """/v1/integrations /v1/integrations/active /v1/integrations/{id} /v1/integrations/{id}/mobile-link
        /v1/integrations/{id}/webhook/configure /v1/integrations/{id}/auto-configure /v1/integrations/{id}/set-primary
        /v1/integrations/channel-connections/oauth /v1/integrations/channel-endpoints/link
        /v1/integrations/channel-endpoints/oauth /v1/integrations/chat/oauth /v1/integrations/in-app/status
        /v1/integrations/webhook/provider/{id}/status /v2/inbound-webhooks/delivery-providers/{environment_id}/{id}""",
    "triggers take any context, and " + _KEPT: "/v2/contexts /v2/contexts/{type}/{id}",
    "a membership has no settings of its own": "/v2/topics/{key}/subscriptions/{identifier}",
    "a message's actions are completed under /v2/subscribers/{id}/notifications": """
        /v1/subscribers/{id}/messages/{message_id}/actions/{type}""",
    "the engine does not track who is online": "/v1/subscribers/{id}/online-status",
    _PLATFORM: """/v1/environments /v1/environments/me /v1/environments/{id} /v1/environments/api-keys
        /v1/environments/api-keys/regenerate /v2/environments/{id}/tags /v2/environments/{id}/diff
        /v2/environments/{id}/publish""",
}
_GROUPS = {
    _PYTHON: ("/v2/layouts", "/v1/layouts", "/v2/translations"),
    _CODE: ("/v1/notification-templates", "/v1/notification-groups", "/v1/workflow-overrides", "/v1/blueprints"),
    _PLATFORM: (
        "/v1/agents", "/v1/channel-connections", "/v1/channel-endpoints", "/v1/domains", "/v1/environment-variables",
        "/v1/tenants", "/v1/feeds", "/v1/changes", "/v1/organizations", "/v1/execution-details", "/v1/inbound-parse",
    ),
}  # fmt: skip
"""Everything below these is of no use here."""
KNOWN = tuple(Route(path, {}) for paths in _WAYS.values() for path in paths.split())
"""What Novu has beside its groups, whether or not a method of it is answered."""
_TABLE = Table(KNOWN)
_WAY = {path: way for way, paths in _WAYS.items() for path in paths.split()}
_GROUP = {tuple(path.strip("/").split("/")): way for way, paths in _GROUPS.items() for path in paths}


def way_out(segments: list[str]) -> str | None:
    """Return what to do instead of what Novu has at a path, or None where it has nothing there."""
    for route, _ in _TABLE.matching(segments):
        return _WAY[route.path]
    return _GROUP.get(tuple(segments[:2]))


def not_available(method: str, segments: list[str], methods: Iterable[str], way: str | None) -> Refusal:
    """Return the 405 that names the operation. ``methods``: those that the path does answer; ``way``: what to do."""
    allowed = ", ".join(methods)
    tail = f": {way}." if way else f"; use {allowed}." if allowed else "."
    return Refusal(
        405,
        f"{method} /{'/'.join(segments)} is not available in the embedded engine{tail}",
        {"ctx": {"reason": "not_available"}},
        {"allow": allowed},
    )
