"""Topics and who is in them, on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from novu_core.errors import (
    SubscriberNotFoundError,
    TopicAlreadyExistsError,
    TopicNotFoundError,
    ValidationError,
)


@pytest.fixture
def topics(env):
    return env.client.topics


def names(change) -> tuple[list[str], list[tuple[str, str]]]:
    joined = [membership.subscriber_id for membership in change.memberships]
    return joined, [(failure.subscriber_id, failure.code) for failure in change.failed]


def test_a_topic_may_be_empty_and_keeps_its_id_and_times(env, topics):
    made = topics.create("readers", "Readers")
    assert (made.key, made.name, made.created_at) == ("readers", "Readers", made.updated_at)
    assert topics.get("readers") == made
    assert topics.members("readers").total == 0
    env.advance(hours=1)
    assert topics.create("readers") == made
    renamed = topics.create("readers", "All readers")
    assert (renamed.id, renamed.name, renamed.created_at) == (made.id, "All readers", made.created_at)
    assert renamed.updated_at == made.created_at + timedelta(hours=1)
    assert topics.rename("readers", None).name is None
    assert topics.rename("readers", "Readers").id == made.id


def test_only_a_new_one(topics):
    made = topics.create("a", "A", fail_if_exists=True)
    with pytest.raises(TopicAlreadyExistsError, match="`a`") as told:
        topics.create("a", "B", fail_if_exists=True)
    assert told.value.topic == made == topics.get("a")


def test_of_twenty_threads_one_makes_it(topics):
    def one(number):
        try:
            return topics.create("a", f"{number}", fail_if_exists=True).id
        except TopicAlreadyExistsError as error:
            return error.topic.id

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(one, range(20)))) == 1


@pytest.mark.parametrize("key", ["a", "A:b_c-d.e", "x" * 300, "ada@example.org", "0", "..", "ada+news@example.org"])
def test_keys_that_are_taken(topics, key):
    topics.create(key)
    assert [topic.key for topic in topics.list(key=key)] == [key]
    topics.subscribe(key, "ada")
    assert topics.member_ids(key) == ["ada"]
    topics.delete(key)
    assert topics.list().total == 0


@pytest.mark.parametrize(
    "key", ["a b", "a/b", "ä", "", " ", None, 5, "a%", "a'", 'a"', "a@", "@a", "a\n", "a\x00", "日", "a@b@c", "٣"]
)
def test_keys_that_are_refused(topics, key):
    for refused in (lambda: topics.create(key), lambda: topics.subscribe(key, ["ada"])):
        with pytest.raises(ValidationError):
            refused()
    assert topics.list().total == 0


@pytest.mark.parametrize("name", ["", " ", 5, "\x00"])
def test_a_name_is_a_text(topics, name):
    topics.create("a")
    for refused in (lambda: topics.create("a", name), lambda: topics.rename("a", name)):
        with pytest.raises(ValidationError) as told:
            refused()
        assert told.value.errors[0].path == "/name"


@pytest.mark.parametrize("key", ["nobody", "' OR 1=1 --", "%", "x" * 300])
def test_an_unknown_topic_is_named(topics, key):
    topics.create("a")
    for ask in (topics.get, topics.delete, lambda key: topics.rename(key, "x"), topics.members):
        with pytest.raises(TopicNotFoundError) as told:
            ask(key)
        assert key in str(told.value)
    assert topics.member_ids(key) == []


def test_lists_filter_and_page(topics):
    for number in range(5):
        topics.create(f"t{number}", "odd" if number % 2 else "even")
    page = topics.list(limit=2)
    assert [topic.key for topic in page] == ["t4", "t3"]
    following = topics.list(limit=2, cursor=page.next_cursor)
    assert [topic.key for topic in following] == ["t2", "t1"]
    assert topics.list(limit=2, before=following.previous_cursor) == page
    assert [topic.key for topic in topics.list(name="odd", order="asc")] == ["t1", "t3"]
    assert topics.list(name="odd", key="t2").items == []
    assert [topic.key for topic in topics.page(1, limit=2)] == ["t2", "t1"]
    assert [topic.key for topic in topics.page(key="t2")] == ["t2"]
    with pytest.raises(TypeError):
        topics.list(size=5)


def test_joining_makes_the_topic_and_each_member_a_subscriber(env, topics):
    env.client.subscribers.upsert("ada", email="a@b.c")
    change = topics.subscribe("new", ["bob", "ada", "bob"])
    assert names(change) == (["bob", "ada"], [])
    assert {member.topic_id for member in change.memberships} == {topics.get("new").id}
    assert env.client.subscribers.get("bob").id == change.memberships[0].subscriber_internal_id
    assert env.client.subscribers.get("ada").email == "a@b.c"
    again = topics.subscribe("new", "ada")
    assert again.memberships == [change.memberships[1]]
    assert topics.members("new").total == 2
    assert topics.subscribe("empty", []).memberships == []
    with pytest.raises(TopicNotFoundError):
        topics.get("empty")


def test_known_only_leaves_strangers_out_and_goes_on(env, topics):
    for name in ("ada", "bob"):
        env.client.subscribers.upsert(name)
    change = topics.subscribe("t", ["nobody", "ada", "else", "bob"], known_only=True)
    assert names(change) == (["ada", "bob"], [("nobody", "SUBSCRIBER_NOT_FOUND"), ("else", "SUBSCRIBER_NOT_FOUND")])
    assert "nobody" in change.failed[0].message
    assert env.client.subscribers.list().total == 2


def test_leaving_tells_who_was_not_in(topics):
    topics.subscribe("t", ["ada", "bob"])
    change = topics.unsubscribe("t", ["nobody", "ada", "ada"])
    assert names(change) == (["ada"], [("nobody", "SUBSCRIPTION_NOT_FOUND")])
    assert topics.member_ids("t") == ["bob"]
    assert "{0} {x}" in topics.unsubscribe("{0} {x}", "{y}").failed[0].message
    assert names(topics.unsubscribe("unknown", "bob")) == ([], [("bob", "SUBSCRIPTION_NOT_FOUND")])
    assert names(topics.unsubscribe("t", "bob")) == (["bob"], [])
    assert topics.get("t").key == "t"


def test_memberships_are_listed_from_both_sides(env, topics):
    for number in range(3):
        topics.subscribe(f"t{number}", ["ada", f"u{number}"])
    page = topics.members("t1")
    assert [member.subscriber_id for member in page] == ["u1", "ada"]
    assert topics.members("t1", subscriber_id="ada").items == [page.items[1]]
    assert topics.members("t1", subscriber_id="nobody").items == []
    of_ada = topics.of_subscriber("ada", limit=2)
    assert [member.topic_key for member in of_ada] == ["t2", "t1"]
    assert of_ada.total == 3
    rest = topics.of_subscriber("ada", limit=2, cursor=of_ada.next_cursor)
    assert [member.topic_key for member in rest] == ["t0"]
    assert topics.of_subscriber("ada", limit=2, before=rest.previous_cursor) == of_ada
    assert [member.topic_key for member in topics.of_subscriber("ada", key="t1")] == ["t1"]
    with pytest.raises(SubscriberNotFoundError):
        topics.of_subscriber("nobody")


def test_deleting_a_topic_takes_its_memberships(topics):
    topics.subscribe("t", ["ada"]), topics.subscribe("other", ["ada"])
    topics.delete("t")
    assert [member.topic_key for member in topics.of_subscriber("ada")] == ["other"]
    topics.create("t")
    assert topics.members("t").total == 0


def test_ten_thousand_members(topics, url):
    everybody = [f"u{number:05}" for number in range(10_000)]
    change = topics.subscribe("all", everybody)
    assert [member.subscriber_id for member in change.memberships] == everybody
    assert topics.member_ids("all") == everybody
    assert (topics.members("all").total, topics.members("all").total_capped) == (1000, True)
    found, cursor = [], None
    while True:
        page = topics.members("all", limit=100, cursor=cursor)
        found += [member.subscriber_id for member in page]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(found) == everybody
    assert len(topics.unsubscribe("all", everybody[5000:]).memberships) == 5000
    topics.delete("all")
    assert topics.of_subscriber("u00001").total == 0


def test_twenty_threads_join_the_same_people_in_other_orders(topics):
    people = [f"u{number}" for number in range(10)]

    def one(number):
        return names(topics.subscribe("t", people[number % 10 :] + people[: number % 10]))

    with ThreadPoolExecutor(20) as pool:
        assert all(sorted(joined) == people and not failed for joined, failed in pool.map(one, range(20)))
    assert topics.members("t").total == 10


def test_a_trigger_reaches_the_members(env, registry, topics):
    registry.workflow("w")(lambda step: step.in_app("bell", {"body": "b"}))
    topics.subscribe("t", ["ada", "bob"])
    topics.unsubscribe("t", "bob")
    env.trigger("w", {"type": "Topic", "topicKey": "t"})
    env.run_due()
    assert [message.subscriber_id for message in env.client.messages.list()] == ["ada"]
