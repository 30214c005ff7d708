"""How large an answer may be that has several entries."""

from __future__ import annotations

from novu_core.http.messages import Response
from novu_core.http.shapes.errors import invalid

MOST_ANSWER_BYTES = 16_777_216
"""One entry alone is no larger than the body that brought it."""


def affordable(response: Response) -> Response:
    """Return the answer. Raises Refusal, 422, for one that is too large."""
    if len(response.body) > MOST_ANSWER_BYTES:
        raise invalid("limit", f"the page would hold {len(response.body):,} bytes; ask for fewer entries")
    return response
