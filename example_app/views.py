"""The product's pages. A view changes data and triggers a workflow; it never sends anything itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from example_app import wishes
from example_app.database import execute, query
from example_app.notifications import comment_on_post, new_follower, welcome
from flask_novu import current_novu

blueprint = Blueprint("pages", __name__)


@blueprint.app_context_processor
def person() -> dict[str, Any]:
    """Give every template the user who is logged in, and how many messages are unread."""
    user = current_user(required=False)
    return {"user": user, "unread": current_novu.inbox(user["id"]).count(read=False) if user else 0}


def current_user(required: bool = True) -> Any:
    """Return the user of the session; a login stub for the example."""
    rows = query("SELECT * FROM users WHERE id = ?", session.get("user", ""))
    if not rows and required:
        abort(401)
    return rows[0] if rows else None


@blueprint.get("/")
def home() -> str:
    """Show the posts."""
    return render_template("home.html", posts=query("SELECT * FROM posts ORDER BY id DESC"))


@blueprint.post("/login")
def login() -> Response:
    """Log in, or sign up with a first visit."""
    name, email = request.form["name"].strip(), request.form["email"].strip()
    user_id = name.lower()
    if not user_id or not email:
        abort(400)
    if not query("SELECT 1 FROM users WHERE id = ?", user_id):
        execute("INSERT INTO users VALUES (?, ?, ?)", user_id, name, email)
        welcome.trigger(to={"subscriberId": user_id, "email": email, "firstName": name}, payload={"name": name})
    session["user"] = user_id
    return redirect(url_for("pages.home"))


@blueprint.post("/posts")
def write_post() -> Response:
    """Publish a post."""
    user = current_user()
    title, body = request.form["title"], request.form["body"]
    post_id = execute("INSERT INTO posts (author, title, body) VALUES (?, ?, ?)", user["id"], title, body)
    return redirect(url_for("pages.post", post_id=post_id))


@blueprint.get("/posts/<int:post_id>")
def post(post_id: int) -> str:
    """Show a post and its comments."""
    rows = query("SELECT * FROM posts WHERE id = ?", post_id) or abort(404)
    comments = query("SELECT * FROM comments WHERE post = ? ORDER BY id", post_id)
    return render_template("post.html", post=rows[0], comments=comments)


@blueprint.post("/posts/<int:post_id>/comments")
def comment(post_id: int) -> Response:
    """Comment on a post; its author is told."""
    user = current_user()
    rows = query("SELECT * FROM posts WHERE id = ?", post_id) or abort(404)
    text = request.form["text"]
    comment_id = execute("INSERT INTO comments (post, author, body) VALUES (?, ?, ?)", post_id, user["id"], text)
    comment_on_post.trigger(
        to=rows[0]["author"],
        payload={"author": user["name"], "text": text, "post_title": rows[0]["title"], "post_id": post_id},
        transaction_id=f"comment-{comment_id}",  # a repeated call tells nobody twice
    )
    return redirect(url_for("pages.post", post_id=post_id))


@blueprint.post("/users/<user_id>/follow")
def follow(user_id: str) -> Response:
    """Follow somebody."""
    user = current_user()
    execute("INSERT OR IGNORE INTO follows VALUES (?, ?)", user["id"], user_id)
    new_follower.trigger(
        to=user_id, payload={"follower": user["name"]}, transaction_id=f"follow-{user['id']}-{user_id}"
    )
    return redirect(url_for("pages.home"))


@blueprint.get("/inbox")
def inbox() -> str:
    """Show the in-app messages and mark them as read."""
    messages = current_novu.inbox(current_user()["id"])
    page = messages.list(limit=50)
    messages.mark_all(read=True)
    return render_template("inbox.html", messages=page)


@blueprint.route("/settings", methods=["GET", "POST"])
def settings() -> str | Response:
    """Choose what one wants to hear of, on which channels and in which hours."""
    user = current_user()
    if request.method == "POST":
        wishes.save(user["id"], request.form)
        flash("Saved.")
        return redirect(url_for("pages.settings"))
    return render_template("settings.html", wishes=wishes.wishes_of(user["id"]))
