"""The routes of subscribers. What a subscriber's own app asks for is the inbox's."""

from __future__ import annotations

from novu_core.http.rest import people_models as models
from novu_core.http.rest.parameters import PAGE, TEXT
from novu_core.http.rest.subscribers import (
    FILTERS,
    erase_subscriber,
    export_subscriber,
    get_subscriber,
    list_subscribers,
)
from novu_core.http.surface import Operation, Route

ROUTES = (
    Route(
        "/subscribers",
        {
            "GET": Operation(
                list_subscribers,
                "Subscribers, newest first",
                {200: models.SubscriberPage},
                (400,),
                query={**dict.fromkeys(FILTERS, TEXT), **PAGE},
            )
        },
    ),
    Route(
        "/subscribers/{subscriber_id}",
        {
            "GET": Operation(
                get_subscriber,
                "One subscriber, and what decides whether they get messages",
                {200: models.SubscriberResponse},
                (404,),
            )
        },
    ),
    Route(
        "/subscribers/{subscriber_id}/export",
        {
            "GET": Operation(
                export_subscriber,
                "Everything that is stored about a subscriber",
                {200: models.PersonExport},
                (400, 404),
            )
        },
    ),
    Route(
        "/subscribers/{subscriber_id}/erase",
        {
            "POST": Operation(
                erase_subscriber,
                "Delete everything that is stored about a subscriber, irrevocably",
                {200: models.ErasedResponse},
                (400, 404),
            )
        },
    ),
)
