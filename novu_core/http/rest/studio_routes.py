"""The routes that only the Studio needs."""

from __future__ import annotations

from novu_core.http.rest import models
from novu_core.http.rest.session import get_session, log_in, log_out
from novu_core.http.surface import Operation, Route

ROUTES = (
    Route(
        "/studio/session",
        {
            "GET": Operation(
                get_session,
                "Who is logged in, and which features are on",
                {200: models.SessionResponse},
                (404,),
                public=True,
            ),
            "POST": Operation(
                log_in,
                "Log in to the Studio",
                {200: models.SessionResponse},
                (400, 401, 403, 404, 413, 429),
                models.LoginPayload,
                public=True,
            ),
            "DELETE": Operation(
                log_out, "Log out of the Studio", {200: models.SessionResponse}, (403, 404), public=True
            ),
        },
    ),
)
