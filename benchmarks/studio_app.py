"""The app that ``benchmarks.studio`` serves: one workflow, and the Studio."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from pydantic import BaseModel

from flask_novu import Novu

KEY = "nv-benchmark"
app = Flask(__name__)
novu = Novu(
    app, secret_key=KEY, store_url=os.environ.get("STUDIO_STORE", "sqlite://"), worker="none", studio="on", workflows=[]
)


class Comment(BaseModel):
    post: str = "a-post"
    text: str = "Well said!"


@novu.workflow("comment-on-post")
def comment_on_post(payload: Comment, step: Any) -> None:
    """Tell an author of comments."""
    step.in_app("new-comment", {"body": f"New comment: {payload.text}"})
    batch = step.digest("collect", {"amount": 1, "unit": "hours"})
    schema = {"type": "object", "properties": {"subject": {"type": "string", "default": "{{payload.post}}"}}}
    step.email(
        "summary",
        lambda controls: {"subject": controls["subject"], "html": f"<p>{batch.event_count} on {payload.post}</p>"},
        control_schema=schema,
    )
