"""The routes of messages."""

from __future__ import annotations

from novu_core.http.rest import people_models as models
from novu_core.http.rest.messages import CHANNELS, IDS, get_message, get_source, list_messages
from novu_core.http.rest.parameters import PAGE, TEXT
from novu_core.http.surface import Operation, Route
from novu_core.types import JsonObject

_FILTERS: dict[str, JsonObject] = {
    **dict.fromkeys(IDS, TEXT),
    "channel": {"type": "string", "enum": CHANNELS},
    "text": TEXT,
    **PAGE,
}
ROUTES = (
    Route(
        "/messages",
        {
            "GET": Operation(
                list_messages,
                "What was sent or stored, newest first",
                {200: models.MessagePage},
                (400,),
                query=_FILTERS,
                tagged=True,
            )
        },
    ),
    Route(
        "/messages/{message_id}",
        {"GET": Operation(get_message, "One message", {200: models.MessageResponse}, (404,))},
    ),
    Route(
        "/messages/{message_id}/source",
        {"GET": Operation(get_source, "An e-mail as a file", {200: None}, (404, 409), media="message/rfc822")},
    ),
)
