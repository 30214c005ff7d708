"""A Flask app with live inboxes."""

from __future__ import annotations

import os

from flask import Flask
from workflows import SETTINGS, registry

from flask_novu import Novu, current_novu

app = Flask(__name__, instance_path=os.environ["LIVE_FOLDER"])
Novu(app, workflows=registry, **SETTINGS)


@app.get("/ping")
def ping() -> str:
    return str(os.getpid())


@app.post("/send/<subscriber_id>")
def send(subscriber_id: str) -> str:
    current_novu.trigger("bell", to=subscriber_id)
    return str(os.getpid())
