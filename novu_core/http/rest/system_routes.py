"""The routes of the whole: counts and status."""

from __future__ import annotations

from novu_core.http.rest import system_models as models
from novu_core.http.rest.metrics import TYPE, get_metrics
from novu_core.http.rest.parameters import TIME
from novu_core.http.rest.system import get_stats, get_status
from novu_core.http.surface import Operation, Route

ROUTES = (
    Route(
        "/stats",
        {
            "GET": Operation(
                get_stats,
                "Counts of what was triggered in a range of time",
                {200: models.StatsResponse},
                (400,),
                query={
                    "since": TIME,
                    "until": TIME,
                    "bucket": {"type": "string", "enum": ["minute", "hour", "day"], "default": "hour"},
                },
            )
        },
    ),
    Route(
        "/metrics",
        {"GET": Operation(get_metrics, "Metrics in Prometheus' text format", {200: None}, (409, 503), media=TYPE)},
    ),
    Route(
        "/status",
        {
            "GET": Operation(
                get_status, "Workers, what is overdue, and what would go wrong", {200: models.StatusOverview}
            )
        },
    ),
)
