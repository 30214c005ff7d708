"""Subscribers are made, changed by many at once, and forgotten, on every store."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from novu_core import Client, Registry
from novu_core.errors import (
    RecipientInvalidError,
    SubscriberAlreadyExistsError,
    SubscriberNotFoundError,
    ValidationError,
)
from novu_core.records import StoredSubscriber, Subscriber

TEXT = {"body": "b"}
CHANNELS = ["in_app", "email", "sms", "push", "chat"]


def test_a_subscriber_has_an_id_and_times_that_stay(env, people):
    made = people.upsert("ada", email="a@b.c")
    env.advance(hours=1)
    same = people.upsert("ada", email="a@b.c")
    assert (same.id, same.created_at, same.updated_at) == (made.id, made.created_at, made.created_at)
    changed = people.upsert("ada", email="d@e.f")
    assert (changed.id, changed.created_at) == (made.id, made.created_at)
    assert changed.updated_at == made.created_at + timedelta(hours=1)
    assert isinstance(changed, StoredSubscriber)
    assert changed.to_json() == {"subscriberId": "ada", "email": "d@e.f"}
    with pytest.raises(Exception, match="frozen"):
        changed.email = "g@h.i"
    people.delete("ada")
    assert people.upsert("ada").id != made.id


def test_fields_named_like_ours_stay_the_subscribers_own(people):
    made = people.upsert({"subscriberId": "ada", "id": 5, "createdAt": "never", "data": {"id": 6}})
    assert made.id != 5
    assert made.created_at.tzinfo is not None
    assert made.to_json() == {"subscriberId": "ada", "id": 5, "createdAt": "never", "data": {"id": 6}}


def test_only_a_new_one(people):
    made = people.upsert("ada", email="a@b.c", fail_if_exists=True)
    with pytest.raises(SubscriberAlreadyExistsError, match="`ada`") as told:
        people.upsert("ada", email="d@e.f", fail_if_exists=True)
    assert told.value.subscriber.id == made.id
    assert people.get("ada").email == "a@b.c"
    assert told.value.status_code == 409


def test_a_patch_changes_what_is_stored_and_makes_nothing(people):
    people.upsert("ada", email="a@b.c", data={"a": 1, "b": 2}, locale="de")
    found = people.patch("ada", {"firstName": "Ada", "email": None}, data={"c": 3})
    assert found.to_json() == {"subscriberId": "ada", "firstName": "Ada", "data": {"c": 3}, "locale": "de"}
    assert people.patch("ada").to_json() == found.to_json()
    assert people.patch("ada", {"subscriberId": "other", "subscriber_id": "third"}).subscriber_id == "ada"
    assert people.upsert("ada", subscriber_id="other").subscriber_id == "ada"
    with pytest.raises(SubscriberNotFoundError, match="bob"):
        people.patch("bob", {"email": "b@c.d"})
    assert people.list().total == 1
    with pytest.raises(RecipientInvalidError):
        people.patch("ada", {"email": 5})
    with pytest.raises(RecipientInvalidError):
        people.patch("ada", {"data": {"a": {1, object()}}})
    for number in (float("nan"), float("inf"), object()):
        with pytest.raises(RecipientInvalidError):
            people.upsert(Subscriber.lenient({"subscriberId": "ada", "data": {"a": number}}))
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(RecipientInvalidError):
        people.upsert("ada", data={"a": deep})
    assert people.get("ada").to_json() == found.to_json()


def test_twenty_threads_make_one_subscriber_and_lose_nothing(people):
    def one(number):
        return people.upsert("ada", **{f"field{number}": number}).id

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(one, range(20)))) == 1
    assert people.list().total == 1
    assert people.get("ada").to_json() == {"subscriberId": "ada", **{f"field{number}": number for number in range(20)}}


def test_two_processes_lose_nothing_of_each_other(env, people, url):
    if url == "sqlite://":
        pytest.skip("a store in memory belongs to one process")
    with Client({"store_url": url}, workflows=Registry()) as other:
        clients = [env.client, other]

        def one(number):
            client = clients[number % 2]
            client.subscribers.upsert("ada", **{f"field{number}": number})
            client.subscribers.append_credentials("ada", "fcm", {"deviceTokens": [f"t{number}"]})
            client.preferences.set("ada", {"channels": {CHANNELS[number % 5]: {"enabled": True}}})
            return client.topics.create("t", f"{number}").id

        with ThreadPoolExecutor(20) as pool:
            assert len(set(pool.map(one, range(20)))) == 1
        found = other.subscribers.get("ada")
        assert [found.to_json()[f"field{number}"] for number in range(20)] == list(range(20))
        assert len(found.channels[0]["credentials"]["deviceTokens"]) == 20
        assert set(other.preferences.get("ada")["channels"]) == set(CHANNELS)


def test_of_twenty_threads_one_makes_it(people):
    def one(number):
        try:
            return people.upsert("ada", fail_if_exists=True).id
        except SubscriberAlreadyExistsError as error:
            return error.subscriber.id

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(one, range(20)))) == 1


def test_a_bulk_tells_who_was_made_changed_and_refused_in_the_order_sent(people):
    people.upsert("old", email="a@b.c")
    done = people.upsert_many(
        [{"subscriberId": "new"}, {"subscriberId": "bad", "email": 5}, "old", {"firstName": "x"}, {"subscriberId": " "},
         {"subscriberId": "new", "email": "n@b.c"}, {"subscriberId": "old", "email": None}, 5, {"subscriberId": "last"}]
    )  # fmt: skip
    assert done.created == ["new", "last"]
    assert done.updated == ["old", "new", "old"]
    assert [failure.subscriber_id for failure in done.failed] == ["bad", "", " ", ""]
    assert all(failure.message for failure in done.failed)
    assert people.get("new").email == "n@b.c"
    assert people.get("old").email is None
    assert people.upsert_many([]).to_json() == {"created": [], "updated": [], "failed": []}


def test_one_that_the_database_refuses_does_not_stop_a_bulk(people, url):
    long = secrets.token_urlsafe(9000)  # no index of PostgreSQL holds it
    done = people.upsert_many(["a", 5, long, "b", {"subscriberId": "a", "email": "a@b.c"}])
    if url.startswith("postgresql"):
        assert (done.created, done.updated, [each.subscriber_id for each in done.failed]) == (
            ["a", "b"],
            ["a"],
            ["", long],
        )
        assert "refused a value" in done.failed[1].message
    else:
        assert (done.created, done.updated, len(done.failed)) == (["a", long, "b"], ["a"], 1)
    assert people.get("a").email == "a@b.c"


def test_a_bulk_holds_500(people):
    many = [{"subscriberId": f"u{number}"} for number in range(501)]
    with pytest.raises(ValidationError, match="500"):
        people.upsert_many(many)
    assert people.list().total == 0
    assert len(people.upsert_many(many[:500]).created) == 500
    for wrong in ("ada", {"subscriberId": "ada"}, None, 5):
        with pytest.raises(ValidationError):
            people.upsert_many(wrong)


def test_internal_ids(people):
    people.upsert("a"), people.upsert("b")
    assert people.internal_ids(["b", "nobody", "a", "a"]) == {"a": people.get("a").id, "b": people.get("b").id}
    assert people.internal_ids([]) == {}


def test_deleting_takes_what_is_the_subscribers_and_ends_what_was_triggered(env, registry, people):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", TEXT)
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("later", TEXT)

    client = env.client
    people.upsert("ada", email="a@b.c"), people.upsert("bob")
    client.topics.subscribe("t", ["ada", "bob"])
    client.preferences.set("ada", {"all": {"enabled": True}})
    runs = w.trigger(to=["ada", "bob"]).executions
    people.delete("ada")
    assert client.messages.page().total == 1
    assert client.messages.list(subscriber_id="ada").items == client.inbox("ada").list().items == []
    assert client.topics.member_ids("t") == ["bob"]
    assert client.preferences.get("ada") == {}
    env.advance(hours=2)
    ended = client.executions.get(runs[0].execution_id)
    assert (ended.status, ended.steps[-1].reason) == ("completed", "subscriber_deleted")
    assert client.messages.page().total == 2
    assert len(client.executions.list(subscriber_id="ada")) == 1
    with pytest.raises(SubscriberNotFoundError):
        people.delete("ada")


def test_somebody_who_was_never_stored_can_be_forgotten_too(env, registry, people):
    registry.workflow("w")(lambda step: step.in_app("bell", TEXT))
    env.trigger("w", "ada")
    people.delete("ada")
    assert env.client.messages.page().total == 0
    with pytest.raises(SubscriberNotFoundError):
        people.delete("ada")


def test_ids_are_stored_where_they_are_new_however_many_there_are_and_whoever_else_does_so(people):
    people.upsert("u1", email="a@b.c")
    ids = [f"u{number}" for number in range(1201)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: people.ensure([*ids[at:], *ids[:at]]), range(0, 1200, 150)))
    assert (people.list().total, people.list().total_capped) == (1000, True)
    assert len(people.internal_ids(ids[:600]) | people.internal_ids(ids[600:])) == 1201
    assert people.get("u1").email == "a@b.c"
    people.ensure([])
    with pytest.raises(ValidationError):
        people.ensure(["fine", " "])
