"""The example app: its pages, its login, and the notifications that they send."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from example_app import create_app
from example_app.database import db
from novu_core.testing import NovuEnvironment


@pytest.fixture
def env(tmp_path) -> Iterator[NovuEnvironment]:
    database = f"sqlite:///{tmp_path}/app.db"
    application = create_app({"TESTING": True, "DIGEST_SECONDS": 60, "SQLALCHEMY_DATABASE_URI": database})
    with NovuEnvironment(app=application) as environment:
        environment.application = application
        yield environment
    with application.app_context():
        db.engine.dispose()


def browser(env: NovuEnvironment, name: str) -> FlaskClient:
    client = env.application.test_client()
    assert client.post("/login", data={"name": name, "email": f"{name}@example.org"}).status_code == 302
    return client


def test_a_first_login_welcomes_by_email_and_in_the_inbox(env):
    ada = browser(env, "Ada")

    assert env.outbox.email[0].content["subject"] == "Welcome, Ada!"
    assert b"Welcome, Ada!" in ada.get("/inbox").data
    assert b"Inbox (0)" in ada.get("/").data


def test_twenty_comments_become_one_email(env):
    ada, ben = browser(env, "Ada"), browser(env, "Ben")
    ada.post("/posts", data={"title": "Hello", "body": "World"})
    env.outbox.clear()

    for number in range(20):
        ben.post("/posts/1/comments", data={"text": f"comment {number}"})
    env.advance(seconds=61)

    [email] = env.outbox.email
    assert email.to == "Ada@example.org"
    assert email.content["subject"] == "New comments on your posts (20)"
    assert "comment 19" in email.html
    assert "comment 19" in email.text
    assert len(env.outbox.in_app) == 20
    assert b"comment 7" in ada.get("/inbox").data


def test_a_person_who_turned_email_off_gets_none(env):
    ada, ben = browser(env, "Ada"), browser(env, "Ben")
    ada.post("/posts", data={"title": "Hello", "body": "World"})
    ada.post("/settings", data={"in_app": "on"})
    env.outbox.clear()

    ben.post("/posts/1/comments", data={"text": "hi"})
    env.advance(seconds=61)

    assert [message.channel for message in env.outbox] == ["in_app"]


def test_what_somebody_muted_is_not_sent_and_comes_back(env):
    ada, ben = browser(env, "Ada"), browser(env, "Ben")
    ada.post("/posts", data={"title": "Hello", "body": "World"})
    everything = {"email": "on", "in_app": "on"}
    ada.post("/settings", data={**everything, "muted": "comment-on-post"})
    assert re.search(r'value="comment-on-post" checked', ada.get("/settings").text)
    env.outbox.clear()
    ben.post("/posts/1/comments", data={"text": "hi"})
    ben.post("/users/ada/follow")
    env.advance(seconds=61)
    assert [message.content["body"] for message in env.outbox] == ["Ben follows you."]

    ada.post("/settings", data=everything)
    assert not re.search(r'value="comment-on-post" checked', ada.get("/settings").text)
    ben.post("/posts/1/comments", data={"text": "hi again"})
    env.advance(seconds=61)
    assert len(env.outbox) == 3


def test_hours_hold_for_email_and_are_shown_again(env):
    ada, ben = browser(env, "Ada"), browser(env, "Ben")
    ada.post("/posts", data={"title": "Hello", "body": "World"})
    ada.post("/settings", data={"email": "on", "in_app": "on", "hours": "on", "start": "10:00", "end": "16:00"})
    assert re.search(r'name="start" value="10:00".*name="end" value="16:00"', ada.get("/settings").text, re.S)
    env.outbox.clear()
    ben.post("/posts/1/comments", data={"text": "at nine"})
    env.advance(seconds=61)
    assert [message.channel for message in env.outbox] == ["in_app"]
    env.advance(hours=1)
    ben.post("/posts/1/comments", data={"text": "at ten"})
    env.advance(seconds=61)
    assert [message.channel for message in env.outbox] == ["in_app", "in_app", "email"]


def test_every_page_of_somebody_who_is_logged_in_has_their_bell(env):
    ada = browser(env, "Ada")
    ada.post("/posts", data={"title": "Hello", "body": "World"})
    for path in ("/", "/posts/1", "/settings"):
        [token] = re.findall(r'<novu-inbox src="/api/novu" token="([^"]+)" unread="1"', ada.get(path).text)
        assert env.client.inbox_tokens.subscriber_of(token) == "ada"
    assert "novu-inbox" not in env.application.test_client().get("/").text


def test_the_fourth_follower_within_an_hour_is_not_announced(env):
    ada = browser(env, "Ada")
    for name in ("Ben", "Cleo", "Dan", "Eve"):
        browser(env, name).post("/users/ada/follow")
    env.run_due()

    messages = [message.content["body"] for message in env.client.inbox("ada").list()]
    assert sum("follows you" in body for body in messages) == 3
    assert ada.get("/settings").status_code == 200


def test_pages_need_a_login_where_they_are_personal(env):
    visitor = env.application.test_client()
    assert visitor.get("/inbox").status_code == 401
    assert visitor.get("/posts/99").status_code == 404
    assert visitor.get("/").status_code == 200
