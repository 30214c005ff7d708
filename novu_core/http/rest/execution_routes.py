"""The routes of the history."""

from __future__ import annotations

from novu_core.http.rest import models
from novu_core.http.rest.executions import (
    TEXTS,
    TIMES,
    VIEWS,
    WORDS,
    cancel_execution,
    get_execution,
    list_events,
    list_executions,
    retry_execution,
    retry_executions,
    wake_execution,
)
from novu_core.http.rest.parameters import PAGE, TEXT, TIME
from novu_core.http.surface import Operation, Route
from novu_core.records.summaries import MOST_RETRIED
from novu_core.types import JsonObject

_FILTERS: dict[str, JsonObject] = {
    **dict.fromkeys(TEXTS, TEXT),
    **{name: {"type": "string", "enum": words} for name, words in WORDS.items()},
    **dict.fromkeys(TIMES, TIME),
    "view": {"type": "string", "enum": list(VIEWS), "default": VIEWS[0]},
    **PAGE,
}
_RETRIED: JsonObject = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **{name: {"type": "string", "minLength": 1} for name in TEXTS},
        "outcome": {"type": "string", "enum": WORDS["outcome"]},
        **dict.fromkeys(TIMES, TIME),
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST_RETRIED, "default": MOST_RETRIED},
    },
}
_RAN = {200: models.RunResponse, 202: models.RunResponse}

ROUTES = (
    Route(
        "/executions",
        {
            "GET": Operation(
                list_executions,
                "The history, newest first",
                {200: (models.ExecutionPage, models.SummaryPage)},
                (400,),
                query=_FILTERS,
                tagged=True,
            )
        },
    ),
    Route(
        "/executions/retry",
        {
            "POST": Operation(
                retry_executions,
                "Retry the failed executions that match a filter",
                {202: models.RetriedResponse},
                (400, 413),
                _RETRIED,
            )
        },
    ),
    Route(
        "/executions/{execution_id}",
        {
            "GET": Operation(
                get_execution,
                "One execution, with every step of its workflow",
                {200: models.ExecutionResponse},
                (404,),
                tagged=True,
            )
        },
    ),
    Route(
        "/executions/{execution_id}/events",
        {
            "GET": Operation(
                list_events, "The events that its digest collects", {200: models.WindowResponse}, (400, 404), query=PAGE
            )
        },
    ),
    Route(
        "/executions/{execution_id}/retry",
        {"POST": Operation(retry_execution, "Retry a failed execution", _RAN, (404, 409, 500))},
    ),
    Route(
        "/executions/{execution_id}/wake",
        {"POST": Operation(wake_execution, "Continue a waiting execution now", _RAN, (404, 409, 500))},
    ),
    Route(
        "/executions/{execution_id}/cancel",
        {"POST": Operation(cancel_execution, "Cancel an execution", {200: models.ExecutionResponse}, (404, 409))},
    ),
)
