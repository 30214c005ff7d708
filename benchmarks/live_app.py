"""The app that ``benchmarks.live`` serves: an inbox, a route to send to it, and one that only answers."""

from __future__ import annotations

import os
import time
from collections import deque
from typing import Any

from flask import Flask

from flask_novu import Novu, current_novu
from flask_novu.signals import message_sent

sent_at: deque[float] = deque(maxlen=1)
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


@message_sent.connect_via(app)
def committed(sender: Flask, **_: Any) -> None:
    sent_at.append(time.time())


@app.get("/ping")
def ping() -> str:
    return "pong"


@app.post("/one/<subscriber_id>")
def one(subscriber_id: str) -> str:
    """Send a message; return when it was committed."""
    current_novu.trigger("bell", to=subscriber_id)
    return str(sent_at[-1])


@app.post("/many/<int:count>")
def many(count: int) -> str:
    for first in range(0, count, 100):
        ids = [f"s{number}" for number in range(first, min(first + 100, count))]
        current_novu.trigger("bell", to=ids, wait=False)
    return "sent"
