"""The product's pages. A view changes data and triggers a workflow; it never sends anything itself."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from example_app import wishes
from example_app.database import Comment, Follow, Post, User, db
from example_app.notifications import comment_on_post, new_follower, welcome
from flask_novu import current_novu

blueprint = Blueprint("pages", __name__)


@blueprint.app_context_processor
def person() -> dict[str, Any]:
    """Give every template the user who is logged in, and how many messages are unread."""
    user = user_or_none()
    return {"user": user, "unread": current_novu.inbox(user.id).count(read=False) if user else 0}


def user_or_none() -> User | None:
    """Return the user of the session; a login stub for the example."""
    return db.session.get(User, session.get("user", ""))


def current_user() -> User:
    """Return the user of the session, or answer 401."""
    return user_or_none() or abort(401)


@blueprint.get("/")
def home() -> str:
    """Show the posts."""
    return render_template("home.html", posts=db.session.scalars(sa.select(Post).order_by(Post.id.desc())).all())


@blueprint.post("/login")
def login() -> Response:
    """Log in, or sign up with a first visit."""
    name, email = request.form["name"].strip(), request.form["email"].strip()
    user_id = name.lower()
    if not user_id or not email:
        abort(400)
    if db.session.get(User, user_id) is None:
        db.session.add(User(id=user_id, name=name, email=email))
        db.session.commit()
        welcome.trigger(to={"subscriberId": user_id, "email": email, "firstName": name}, payload={"name": name})
    session["user"] = user_id
    return redirect(url_for("pages.home"))


@blueprint.post("/posts")
def write_post() -> Response:
    """Publish a post."""
    user = current_user()
    written = Post(author=user.id, title=request.form["title"], body=request.form["body"])
    db.session.add(written)
    db.session.commit()
    return redirect(url_for("pages.post", post_id=written.id))


@blueprint.get("/posts/<int:post_id>")
def post(post_id: int) -> str:
    """Show a post and its comments."""
    found = db.session.get(Post, post_id) or abort(404)
    comments = db.session.scalars(sa.select(Comment).where(Comment.post == post_id).order_by(Comment.id)).all()
    return render_template("post.html", post=found, comments=comments)


@blueprint.post("/posts/<int:post_id>/comments")
def comment(post_id: int) -> Response:
    """Comment on a post; its author is told, by the commit that stores the comment."""
    user = current_user()
    about = db.session.get(Post, post_id) or abort(404)
    text = request.form["text"]
    db.session.add(Comment(post=post_id, author=user.id, body=text))
    comment_on_post.trigger(
        to=about.author,
        payload={"author": user.name, "text": text, "post_title": about.title, "post_id": post_id},
        session=db.session,
    )
    db.session.commit()  # both, or neither
    return redirect(url_for("pages.post", post_id=post_id))


@blueprint.post("/users/<user_id>/follow")
def follow(user_id: str) -> Response:
    """Follow somebody, once."""
    user = current_user()
    if db.session.get(Follow, (user.id, user_id)) is None:
        db.session.add(Follow(follower=user.id, followed=user_id))
        new_follower.trigger(to=user_id, payload={"follower": user.name}, session=db.session)
        db.session.commit()
    return redirect(url_for("pages.home"))


@blueprint.get("/inbox")
def inbox() -> str:
    """Show the in-app messages and mark them as read."""
    messages = current_novu.inbox(current_user().id)
    page = messages.list(limit=50)
    messages.mark_all(read=True)
    return render_template("inbox.html", messages=page)


@blueprint.route("/settings", methods=["GET", "POST"])
def settings() -> str | Response:
    """Choose what one wants to hear of, on which channels and in which hours."""
    user = current_user()
    if request.method == "POST":
        wishes.save(user.id, request.form)
        flash("Saved.")
        return redirect(url_for("pages.settings"))
    return render_template("settings.html", wishes=wishes.wishes_of(user.id))
