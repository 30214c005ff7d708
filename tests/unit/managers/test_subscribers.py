"""Subscribers and the topics that they are members of."""

from __future__ import annotations

import pytest

from novu_core.errors import RecipientInvalidError, ValidationError


@pytest.mark.parametrize(("subscriber", "fields"), [(5, {}), (None, {}), ("a", {"email": 5}), ({"email": "x"}, {})])
def test_what_is_no_subscriber_is_told(env, subscriber, fields):
    with pytest.raises(RecipientInvalidError):
        env.client.subscribers.upsert(subscriber, **fields)


def test_fields_of_a_subscriber_are_merged_by_either_name(env):
    env.client.subscribers.upsert(
        {"subscriberId": "a", "firstName": "Ada"}, first_name="Augusta", email="a@example.org"
    )
    found = env.client.subscribers.upsert("a", lastName="King")
    assert (found.first_name, found.last_name, found.email) == ("Augusta", "King", "a@example.org")


@pytest.mark.parametrize(("key", "members", "path"), [("", ["a"], "/key"), ("t", ["a", 5], "/subscriber_ids/1")])
def test_topics_have_keys_and_members_with_ids(env, key, members, path):
    with pytest.raises(ValidationError) as told:
        env.client.topics.subscribe(key, members)
    assert told.value.errors[0].path == path
    assert env.client.topics.list().items == []
    assert env.client.topics.member_ids(key or "t") == []


def test_members_of_a_topic_are_ids(env):
    with pytest.raises(ValidationError) as told:
        env.client.topics.subscribe("t", 5)
    assert told.value.errors[0].path == "/subscriber_ids"
