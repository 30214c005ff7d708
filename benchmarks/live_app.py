"""The app that ``benchmarks.live`` serves: an inbox, a route to send to it, and one that only answers."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask

from flask_novu import Novu, current_novu

app = Flask(__name__)
novu = Novu(
    app,
    secret_key="benchmark",
    store_url=os.environ["LIVE_STORE"],
    worker="thread",
    workflows=[],
)


@novu.workflow("bell")
def bell(step: Any) -> None:
    step.in_app("inbox", {"subject": "s", "body": "hello"})


@app.get("/ping")
def ping() -> str:
    return "pong"


@app.post("/one/<subscriber_id>")
def one(subscriber_id: str) -> str:
    current_novu.trigger("bell", to=subscriber_id)
    return "sent"


@app.post("/many/<int:count>")
def many(count: int) -> str:
    for first in range(0, count, 100):
        ids = [f"s{number}" for number in range(first, min(first + 100, count))]
        current_novu.trigger("bell", to=ids, wait=False)
    return "sent"
