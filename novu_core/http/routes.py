"""The routes under the prefix, in one table that every framework mounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True)
class Route:
    """A path under the prefix, ``{name}`` standing for one segment, and the operation behind each method."""

    path: str
    operations: dict[Method, str]
    public: bool = False

    @property
    def name(self) -> str:
        """A name for the framework's own table."""
        return "_".join(part.strip("{}").replace(".", "_") for part in self.path.split("/") if part) or "bridge"


BRIDGE = Route("", {"GET": "bridge", "POST": "bridge"}, public=True)

ROUTES = (
    BRIDGE,
    Route("/health", {"GET": "health"}, public=True),
    Route("/openapi.json", {"GET": "openapi"}, public=True),
    Route("/workflows", {"GET": "list_workflows"}),
    Route("/workflows/{workflow_id}", {"GET": "get_workflow"}),
    Route("/workflows/{workflow_id}/execute", {"POST": "execute"}),
    Route("/workflows/{workflow_id}/controls", {"GET": "get_controls", "PUT": "set_controls"}),
    Route("/workflows/{workflow_id}/steps/{step_id}/controls", {"GET": "get_controls", "PUT": "set_controls"}),
    Route("/executions", {"GET": "list_executions"}),
    Route("/executions/{execution_id}", {"GET": "get_execution"}),
    Route("/executions/{execution_id}/retry", {"POST": "retry_execution"}),
    Route("/executions/{execution_id}/cancel", {"POST": "cancel_execution"}),
    Route("/triggers/{transaction_id}", {"DELETE": "cancel_trigger"}),
)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
"""Every route is mounted for all of them, so that the handler answers the ones it does not have."""
