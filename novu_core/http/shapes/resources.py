"""The ids of a path."""

from __future__ import annotations

from novu_core.codec import fault_of_text
from novu_core.http.messages import Request
from novu_core.http.shapes.errors import Refusal


def resource(request: Request, name: str, kind: str) -> str:
    """Return an id of the path. ``kind``: of what. Raises Refusal, 404, for one that nothing can have."""
    value = request.path_params[name]
    if not value.strip() or fault_of_text(value) is not None:
        raise Refusal(404, f"{kind} {value!r} was not found")
    return value
