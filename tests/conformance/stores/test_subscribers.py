"""Subscribers are searched, paged, changed by many at once, and forgotten, on every store."""

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
from novu_core.records import StoredSubscriber
from novu_core.testing import NovuEnvironment

ODD = ["ä'\"%_;--", "%", "_", "a_b", "a%b", "x" * 300, "日" * 300, "😀", "a b/c", "ADA", "\\", "null", "0"]
TEXT = {"body": "b"}
CHANNELS = ["in_app", "email", "sms", "push", "chat"]


@pytest.fixture
def env(url, registry):
    with NovuEnvironment(workflows=registry, settings={"NOVU_STORE_URL": url}) as made:
        yield made


@pytest.fixture
def people(env):
    return env.client.subscribers


def ids(page) -> list[str]:
    return [found.subscriber_id for found in page]


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


def test_filters_are_exact_and_all_must_hold(people):
    people.upsert("u1", first_name="Ada", last_name="King", email="a@b.c", phone="+1")
    people.upsert("u2", first_name="Ada", last_name="King", email="a@b.c")
    people.upsert("u3", first_name="Ada", email="A@b.c")
    people.upsert("u4", last_name="King", phone="+1")
    assert ids(people.list(name="Ada King")) == ["u2", "u1"]
    assert ids(people.list(name="Ada")) == ["u3"]
    assert ids(people.list(name="King")) == ["u4"]
    assert ids(people.list(email="a@b.c", phone="+1")) == ["u1"]
    assert ids(people.list(phone="+1", order="asc")) == ["u1", "u4"]
    assert ids(people.list(subscriber_id="u2", name="Ada King", email="a@b.c")) == ["u2"]
    assert ids(people.list(subscriber_id="u2", name="Ada")) == []
    assert people.list(email="a@b.c").total == 2
    people.patch("u1", {"email": None, "lastName": None})
    assert ids(people.list(email="a@b.c")) == ["u2"]
    assert ids(people.list(name="Ada")) == ["u3", "u1"]


@pytest.mark.parametrize("name", ODD)
def test_any_id_is_found_and_no_other(people, name):
    for each in ODD:
        people.upsert(each, email=f"{each}@x", first_name=each)
    assert ids(people.list(subscriber_id=name)) == ids(people.list(email=f"{name}@x")) == [name]
    assert ids(people.list(name=name)) == [people.get(name).subscriber_id] == [name]
    people.delete(name)
    with pytest.raises(SubscriberNotFoundError):
        people.get(name)
    assert people.list().total == len(ODD) - 1


def test_a_text_longer_than_an_index_holds_is_stored_and_found(people):
    for tail in ("1", "2"):
        people.upsert(tail, first_name="é" * 20_000 + tail)
    assert ids(people.list(name="é" * 20_000 + "2")) == ["2"]
    assert ids(people.list(name="é" * 20_000)) == []


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_go_both_ways_and_meet_everybody_once(people, order):
    everybody = [f"u{number}" for number in range(7)]
    for name in everybody:
        people.upsert(name)
    wanted = everybody if order == "asc" else everybody[::-1]
    pages = [people.list(limit=3, order=order)]
    while pages[-1].next_cursor:
        pages.append(people.list(limit=3, order=order, cursor=pages[-1].next_cursor))
    assert [ids(page) for page in pages] == [wanted[:3], wanted[3:6], wanted[6:]]
    assert [page.total for page in pages] == [7, 7, 7]
    assert pages[0].previous_cursor is None
    back = people.list(limit=3, order=order, before=pages[2].previous_cursor)
    assert back == pages[1]
    assert people.list(limit=3, order=order, before=back.previous_cursor) == pages[0]
    inside = people.get(wanted[3]).id
    assert ids(people.list(limit=2, order=order, cursor=inside, include_cursor=True)) == wanted[3:5]
    assert ids(people.list(limit=2, order=order, before=inside, include_cursor=True)) == wanted[2:4]
    beyond = people.list(order=order, cursor=people.get(wanted[6]).id)
    assert (beyond.items, beyond.next_cursor, beyond.previous_cursor) == ([], None, None)


def test_a_cursor_stays_a_place_when_its_subscriber_is_gone(people):
    for number in range(4):
        people.upsert(f"u{number}")
    cursor = people.list(limit=2).next_cursor
    people.delete("u2")
    people.upsert("u4")
    assert ids(people.list(limit=2, cursor=cursor)) == ["u1", "u0"]


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"cursor": "abc"}, "/cursor"), ({"before": "5"}, "/before"), ({"cursor": 5}, "/cursor"),
        ({"cursor": "' OR 1=1 --"}, "/cursor"), ({"limit": 0}, "/limit"), ({"limit": 101}, "/limit"),
        ({"limit": True}, "/limit"), ({"order": "DESC"}, "/order"), ({"order": None}, "/order"),
        ({"cursor": "019b8d62-7a80-7000-84a5-000000000001", "before": "019b8d62-7a80-7000-84a5-000000000001"}, "/before"),
        ({"email": None}, "/email"), ({"name": " "}, "/name"), ({"phone": 5}, "/phone"), ({"subscriber_id": "\x00"}, "/subscriber_id"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_told(people, asked, path):
    with pytest.raises(ValidationError) as told:
        people.list(**asked)
    assert [fault.path for fault in told.value.errors] == [path]


def test_pages_by_number(people):
    for number in range(5):
        people.upsert(f"u{number}")
    first = people.page(limit=2)
    assert (ids(first), first.number, first.size, first.has_more, first.total) == (["u4", "u3"], 0, 2, True, 5)
    last = people.page(2, limit=2)
    assert (ids(last), last.has_more, len(last)) == (["u0"], False, 1)
    assert people.page(2**31 - 1, limit=1000).items == []
    for number, limit in ((-1, 1), (2**31, 1), (1.0, 1), (None, 1), (True, 1), (0, 1001), (0, 0)):
        with pytest.raises(ValidationError):
            people.page(number, limit=limit)


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
        assert "refuses" in done.failed[1].message
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


def test_a_total_is_counted_up_to_a_thousand(people):
    for start in (0, 500):
        people.upsert_many([f"u{start + number}" for number in range(500)])
    assert (people.list().total, people.list().total_capped) == (1000, False)
    people.upsert("one more")
    assert (people.page().total, people.page().total_capped) == (1000, True)


def test_internal_ids(people):
    people.upsert("a"), people.upsert("b")
    assert people.internal_ids(["b", "nobody", "a", "a"]) == {"a": people.get("a").id, "b": people.get("b").id}
    assert people.internal_ids([]) == {}


class TestCredentials:
    """What push and chat providers need of a subscriber."""

    def test_they_are_set_appended_and_removed(self, people):
        people.upsert("ada", email="a@b.c")
        people.set_credentials("ada", "fcm", {"deviceTokens": ["one", "one"]})
        people.append_credentials("ada", "fcm", {"deviceTokens": ["two", "one"], "extra": 1})
        people.set_credentials("ada", "slack", {"webhookUrl": "https://x.y"}, "team-slack")
        people.append_credentials("ada", "slack", {"webhookUrl": "https://z"}, "other")
        found = people.append_credentials("ada", "expo", {"deviceTokens": ["three"]})
        assert found.channels == [
            {"providerId": "fcm", "_integrationId": "fcm", "credentials": {"deviceTokens": ["one", "two"], "extra": 1}},
            {"providerId": "slack", "_integrationId": "team-slack", "integrationIdentifier": "team-slack",
             "credentials": {"webhookUrl": "https://x.y"}},
            {"providerId": "slack", "_integrationId": "other", "integrationIdentifier": "other",
             "credentials": {"webhookUrl": "https://z"}},
            {"providerId": "expo", "_integrationId": "expo", "credentials": {"deviceTokens": ["three"]}},
        ]  # fmt: skip
        assert found.email == "a@b.c"
        assert len(people.remove_credentials("ada", "slack", "other").channels) == 3
        assert len(people.remove_credentials("ada", "slack").channels) == 2
        people.remove_credentials("ada", "expo")
        assert people.set_credentials("ada", "fcm", {"deviceTokens": ["new"]}).channels[0]["credentials"] == {
            "deviceTokens": ["new"]
        }
        assert people.remove_credentials("ada", "fcm").channels is None
        assert people.remove_credentials("ada", "fcm").to_json() == {"subscriberId": "ada", "email": "a@b.c"}

    def test_the_short_form_is_kept_as_entries(self, people):
        people.upsert("ada", channels={"push": "token", "chat": "https://x.y", "other": 5})
        found = people.append_credentials("ada", "push-webhook", {"deviceTokens": ["more"]}).channels
        assert [(entry["providerId"], entry["credentials"]) for entry in found] == [
            ("push-webhook", {"deviceTokens": ["token", "more"]}),
            ("chat-webhook", {"webhookUrl": "https://x.y"}),
        ]

    def test_twenty_devices_at_once(self, people):
        people.upsert("ada")
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda n: people.append_credentials("ada", "fcm", {"deviceTokens": [f"t{n}"]}), range(20)))
        tokens = people.get("ada").channels[0]["credentials"]["deviceTokens"]
        assert sorted(tokens) == sorted(f"t{number}" for number in range(20))

    def test_a_push_step_uses_the_first_token(self, env, registry, people):
        @registry.workflow("w")
        def w(step):
            step.push("push", {"subject": "s", **TEXT})
            step.chat("chat", TEXT)

        people.upsert("ada")
        people.set_credentials("ada", "fcm", {"deviceTokens": ["one", "two"]})
        people.set_credentials("ada", "slack", {"webhookUrl": "https://x.y"})
        w.trigger(to="ada")
        assert [message.to for message in env.outbox] == ["one", "https://x.y"]

    @pytest.mark.parametrize(
        "wrong", [None, 5, [], {"deviceTokens": "one"}, {"deviceTokens": [5]}, {"x": object()}, {"deviceTokens": None}]
    )
    def test_what_is_not_credentials_is_told(self, people, wrong):
        people.upsert("ada")
        for change in (people.set_credentials, people.append_credentials):
            with pytest.raises(ValidationError):
                change("ada", "fcm", wrong)
        assert people.get("ada").channels is None

    def test_nobody_has_none(self, people):
        for change in (people.set_credentials, people.append_credentials):
            with pytest.raises(SubscriberNotFoundError):
                change("nobody", "fcm", {})
        with pytest.raises(SubscriberNotFoundError):
            people.remove_credentials("nobody", "fcm")
        for wrong in ("", None, " "):
            with pytest.raises(ValidationError):
                people.set_credentials("nobody", wrong, {})


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
