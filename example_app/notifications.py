"""The notifications of the product: every workflow is a plain function."""

from __future__ import annotations

from flask import current_app
from markupsafe import escape
from pydantic import BaseModel

from flask_novu import Novu
from novu_core import Retry, Step, Subscriber

novu = Novu()


class Welcome(BaseModel):
    """Who signed up."""

    name: str


class Comment(BaseModel):
    """A comment on somebody's post."""

    author: str
    text: str
    post_title: str
    post_id: int


class DigestControls(BaseModel):
    """What an editor may change without touching code (``flask novu controls set``)."""

    subject: str = "New comments on your posts"


class Follow(BaseModel):
    """Somebody follows somebody."""

    follower: str


@novu.workflow("welcome", name="Welcome", tags=["account"])
def welcome(payload: Welcome, step: Step) -> None:
    """Greet at once, by e-mail and in the inbox."""
    step.in_app(
        "hello",
        {
            "subject": f"Welcome, {payload.name}!",
            "body": "Write your first post.",
            "primaryAction": {"label": "What to hear of", "redirect": {"url": "/settings"}},
        },
    )
    step.email(
        "welcome-email",
        {"subject": f"Welcome, {payload.name}!", "html": f"<p>Good to have you here, {escape(payload.name)}.</p>"},
    )


@novu.workflow("comment-on-post", name="Comments on your posts", tags=["social"], retry=Retry(attempts=3))
def comment_on_post(payload: Comment, step: Step, subscriber: Subscriber) -> None:
    """Each comment in the inbox at once; all comments of a while in one e-mail."""
    step.in_app(
        "new-comment",
        {
            "subject": f"{payload.author} on {payload.post_title}",
            "body": payload.text,
            "redirect": {"url": f"/posts/{payload.post_id}"},
        },
    )
    batch = step.digest("collect", lambda: {"amount": current_app.config["DIGEST_SECONDS"], "unit": "seconds"})
    step.email(
        "comments-email",
        lambda controls: {
            "subject": f"{controls.subject} ({batch.event_count})",
            "html": "".join(
                f"<p><b>{escape(event['payload']['author'])}</b>: {escape(event['payload']['text'])}</p>"
                for event in batch.events
            ),
        },
        control_schema=DigestControls,
        skip=lambda: not batch.events,
    )


@novu.workflow("new-follower", name="New followers", tags=["social"])
def new_follower(payload: Follow, step: Step) -> None:
    """In the inbox only, at most three an hour."""
    step.throttle("calm", {"type": "fixed", "amount": 1, "unit": "hours", "threshold": 3})
    step.in_app("followed", {"body": f"{payload.follower} follows you.", "redirect": {"url": "/"}})
