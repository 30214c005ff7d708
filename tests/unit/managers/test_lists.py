"""What asks for a page: limits, cursors and filters."""

from __future__ import annotations

import pytest

from novu_core.errors import ValidationError


@pytest.mark.parametrize("limit", ["5", None, 1.5, True, 0, 101])
@pytest.mark.parametrize("manager", ["executions", "messages", "subscribers"])
def test_a_limit_is_a_number_from_1_to_100(env, manager, limit):
    with pytest.raises(ValidationError) as told:
        getattr(env.client, manager).list(limit=limit)
    assert told.value.errors[0].path == "/limit"


@pytest.mark.parametrize("cursor", ["", "abc", "019b8d62-7a80-7000-84a5", 5])
def test_a_damaged_cursor_is_no_first_page(env, cursor):
    for listing in (env.client.executions.list, env.client.messages.list, env.client.inbox("ada").list):
        with pytest.raises(ValidationError) as told:
            listing(cursor=cursor)
        assert told.value.errors[0].path == "/cursor"


def test_an_unknown_status_is_no_filter(env):
    with pytest.raises(ValidationError, match="pending, running, completed, failed"):
        env.client.executions.list(status="done")


NOBODY = [None, "", " ", 0, ["ada"], "a\x00b"]


@pytest.mark.parametrize("subscriber_id", NOBODY, ids=repr)
def test_nobodys_inbox_is_an_error(env, registry, subscriber_id):
    registry.workflow("w")(lambda step: step.in_app("bell", {"body": "secret"}))
    env.trigger("w", "ada")
    with pytest.raises(ValidationError, match=r"must be a string that is not blank|not text"):
        env.client.inbox(subscriber_id)


@pytest.mark.parametrize("value", NOBODY, ids=repr)
@pytest.mark.parametrize(
    ("manager", "name"),
    [
        ("executions", "subscriber_id"), ("executions", "workflow_id"), ("executions", "transaction_id"),
        ("messages", "subscriber_id"), ("messages", "execution_id"), ("messages", "transaction_id"),
    ],
)  # fmt: skip
def test_only_an_id_that_is_left_out_means_everybody(env, registry, manager, name, value):
    registry.workflow("w")(lambda step: step.in_app("bell", {"body": "secret"}))
    env.trigger("w", ["ada", "bob"])
    listing = getattr(env.client, manager).list
    assert len(listing()) == 2
    assert len(listing(**{name: "unknown"})) == 0
    with pytest.raises(ValidationError) as told:
        listing(**{name: value})
    assert told.value.errors[0].path == f"/{name}"


@pytest.mark.parametrize("value", NOBODY, ids=repr)
def test_what_is_read_of_one_id_asks_for_one(env, value):
    client = env.client
    for read in (
        client.preferences.get, client.preferences.effective, client.topics.get, client.topics.member_ids,
        client.subscribers.get, client.messages.get, client.executions.cancel_all,
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            read(value)
