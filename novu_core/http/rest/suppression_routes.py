"""The routes of suppressed addresses."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from novu_core.http.rest.parameters import PAGE
from novu_core.http.rest.suppressions import add_suppression, get_suppression, list_suppressions, remove_suppression
from novu_core.http.surface import Operation, Route


class _Model(BaseModel):
    model_config = ConfigDict(defer_build=True)


class SuppressionRequest(_Model):
    """An e-mail address to which nothing is to be sent, and why: one line, ``manual`` unless given."""

    model_config = ConfigDict(defer_build=True, extra="forbid")

    address: str
    reason: str | None = None


class SuppressionResponse(_Model):
    """An address to which nothing is sent. ``detail``: what the server or the provider said."""

    id: str
    channel: str
    address: str
    reason: str
    detail: str | None
    message_id: str | None
    created_at: str
    unreadable: str | None = None


class SuppressionPage(_Model):
    """Suppressed addresses, the latest first. ``total`` is right up to 1,000, and that where there are more."""

    items: list[SuppressionResponse]
    next_cursor: str | None
    total: int
    total_capped: bool


class RemovedResponse(_Model):
    """The address that is open again."""

    removed: str


ROUTES = (
    Route(
        "/suppressions",
        {
            "GET": Operation(
                list_suppressions,
                "Addresses to which nothing is sent, newest first",
                {200: SuppressionPage},
                (400,),
                query=PAGE,
            ),
            "POST": Operation(
                add_suppression,
                "Send nothing to an address",
                {200: SuppressionResponse},
                (400, 413),
                body=SuppressionRequest,
            ),
        },
    ),
    Route(
        "/suppressions/{address}",
        {
            "GET": Operation(
                get_suppression, "Why nothing is sent to an address", {200: SuppressionResponse}, (400, 404)
            ),
            "DELETE": Operation(remove_suppression, "Send to an address again", {200: RemovedResponse}, (400, 404)),
        },
    ),
)
