"""Pages of the history and of messages by number, with the filters of an activity feed, on every store."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from novu_core.errors import MessageNotFoundError, ValidationError
from novu_core.storage import listings
from novu_core.testing import NovuEnvironment

TEXT = {"body": "b"}
MAIL = {"subject": "s", "body": "b"}


@pytest.fixture
def env(url, registry):
    @registry.workflow("both")
    def both(step):
        step.in_app("bell", TEXT)
        step.email("mail", MAIL)

    @registry.workflow("texts")
    def texts(step):
        step.sms("text", TEXT)

    @registry.workflow("waits")
    def waits(step):
        step.in_app("bell", TEXT)
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.email("mail", MAIL)

    @registry.workflow("fails")
    def fails(step):
        step.custom("boom", lambda: {"x": 1 / 0})

    with NovuEnvironment(workflows=registry, settings={"NOVU_STORE_URL": url}) as made:
        yield made


@pytest.fixture
def runs(env):
    """Eight runs, a minute apart."""
    ada = {"subscriberId": "ada", "email": "ada@example.org", "phone": "+1", "firstName": "Ada", "lastName": "King"}
    bob = {"subscriberId": "bob", "email": "bob@example.org", "phone": "+2"}
    made = {}
    for name, workflow, who in (
        ("t1", "both", ada), ("t2", "texts", ada), ("t3", "both", bob), ("t4", "fails", bob), ("t5", "waits", ada),
        ("t6", "texts", bob), ("t7", "both", "%_"), ("t8", "texts", "cy"),
    ):  # fmt: skip
        made[name] = env.trigger(workflow, who, transaction_id=name).execution_id
        env.clock.advance(timedelta(minutes=1))
    return made


def found(env, **filters) -> list[str]:
    return [run.transaction_id for run in env.client.executions.page(**filters)]


def test_pages_by_number_are_newest_first(env, runs):
    page = env.client.executions.page(limit=3)
    assert [run.execution_id for run in page] == [runs["t8"], runs["t7"], runs["t6"]]
    assert (page.number, page.size, page.has_more, page.total) == (0, 3, True, None)
    last = env.client.executions.page(2, limit=3)
    assert ([run.transaction_id for run in last], last.has_more) == (["t2", "t1"], False)
    assert env.client.executions.page(2**31 - 1, limit=1000).items == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"workflow_id": "both"}, ["t7", "t3", "t1"]),
        ({"workflow_id": ["both", "waits", "unknown"]}, ["t7", "t5", "t3", "t1"]),
        ({"subscriber_id": ["ada", "cy", "ada"]}, ["t8", "t5", "t2", "t1"]),
        ({"subscriber_id": "%_"}, ["t7"]),
        ({"subscriber_id": "%"}, []),
        ({"transaction_id": ["t1", "t8"], "subscriber_id": ["ada", "bob"]}, ["t1"]),
        ({"channel": "email"}, ["t7", "t3", "t1"]),
        ({"channel": ["email", "sms"], "subscriber_id": "ada"}, ["t2", "t1"]),
        ({"channel": ["in_app"], "workflow_id": ["both", "texts"]}, ["t7", "t3", "t1"]),
        ({"email": "ada@example.org"}, ["t5", "t2", "t1"]),
        ({"email": ["bob@example.org", "nobody@example.org"], "workflow_id": "texts"}, ["t6"]),
        ({"email": "bob@example.org", "subscriber_id": "ada"}, []),
        ({"email": "nobody@example.org"}, []),
        ({"status": "failed"}, ["t4"]),
        ({"status": "running", "workflow_id": ["waits", "both"]}, ["t5"]),
        ({"status": "completed", "subscriber_id": "bob"}, ["t6", "t3"]),
        ({"status": "pending"}, []),
        ({"search": "t4"}, ["t4"]),
        ({"search": "bob"}, ["t6", "t4", "t3"]),
        ({"search": "Ada King"}, ["t5", "t2", "t1"]),
        ({"search": "+2", "workflow_id": "fails"}, ["t4"]),
        ({"search": "ada@example.org", "subscriber_id": ["bob", "ada"], "transaction_id": ["t2", "t3"]}, ["t2"]),
        ({"search": "cy"}, ["t8"]),
        ({"search": "%"}, []),
        ({"search": "' OR 1=1 --"}, []),
        ({"search": "t1", "transaction_id": "t2"}, []),
    ],
)  # fmt: skip
def test_every_filter_must_hold(env, runs, filters, expected):
    assert found(env, **filters) == expected
    pages = [found(env, number=number, limit=1, **filters) for number in range(len(expected) + 1)]
    assert [name for page in pages for name in page] == expected


def test_a_search_finds_an_execution_by_its_id(env, runs):
    assert found(env, search=runs["t3"]) == ["t3"]


def test_times_are_inclusive(env, runs):
    begun = [run.created_at for run in env.client.executions.page()][::-1]
    assert found(env, after=begun[5]) == ["t8", "t7", "t6"]
    assert found(env, before=begun[1]) == ["t2", "t1"]
    assert found(env, after=begun[1], before=begun[2]) == ["t3", "t2"]
    assert found(env, after=begun[1] + timedelta(microseconds=1), before=begun[2] - timedelta(microseconds=1)) == []
    assert found(env, before=begun[1], workflow_id=["both", "texts"]) == ["t2", "t1"]
    for beginning in (datetime.min, datetime(1969, 1, 1)):
        assert found(env, before=beginning.replace(tzinfo=timezone.utc)) == []
        assert len(found(env, after=beginning.replace(tzinfo=timezone.utc))) == 8
    assert len(found(env, before=datetime.max.replace(tzinfo=timezone.utc))) == 8


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"number": -1}, "/number"), ({"number": 2**31}, "/number"), ({"limit": 1001}, "/limit"), ({"limit": 0}, "/limit"),
        ({"status": "done"}, "/status"), ({"subscriber_id": []}, "/subscriber_id"), ({"email": None}, "/email"),
        ({"workflow_id": ["a", None]}, "/workflow_id/1"), ({"channel": [""]}, "/channel/0"), ({"search": " "}, "/search"),
        ({"after": "2026-01-05"}, "/after"), ({"before": datetime(2026, 1, 5)}, "/before"), ({"transaction_id": 5}, "/transaction_id"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_told(env, asked, path):
    with pytest.raises(ValidationError) as told:
        env.client.executions.page(**asked)
    assert [fault.path for fault in told.value.errors] == [path]


def test_a_filter_with_nobody_left_still_checks_the_page(env, runs):
    with pytest.raises(ValidationError):
        env.client.executions.page(-1, email="nobody@example.org", subscriber_id="ada")
    with pytest.raises(ValidationError):
        env.client.executions.page(limit=0, email="nobody@example.org", subscriber_id="ada")


def test_more_values_than_are_searched_one_by_one(env, runs):
    many = [f"u{number}" for number in range(200)]
    assert found(env, subscriber_id=[*many, "bob"]) == ["t6", "t4", "t3"]
    assert found(env, transaction_id=[*many, "t1", "t2"], workflow_id=[*many, "both"]) == ["t1"]


def test_open_runs_show_the_steps_ahead(env, runs):
    def steps():
        return [(step.step_id, step.status) for step in env.client.executions.get(runs["t5"]).steps]

    assert steps() == [("bell", "completed"), ("pause", "executing"), ("mail", "pending")]
    ahead = env.client.executions.get(runs["t5"]).steps[-1].to_json()
    assert ahead == {
        "step_id": "mail", "type": "email", "status": "pending", "outcome": None, "reason": None, "rule": None,
        "error": None, "attempts": [], "started_at": None, "completed_at": None,
    }  # fmt: skip
    assert [len(run.steps) for run in env.client.executions.list(transaction_id="t5")] == [3]
    env.client.cancel("t5")
    assert steps() == [("bell", "completed"), ("pause", "completed")]


def test_a_run_that_has_not_begun_shows_all_its_steps(env):
    [run] = env.trigger("both", "ada", wait=False).executions
    assert [(step.step_id, step.status) for step in run.steps] == [("bell", "pending"), ("mail", "pending")]
    env.run_due()
    assert [step.status for step in env.client.executions.get(run.execution_id).steps] == ["completed"] * 2


def test_a_branch_that_was_passed_is_not_ahead(env, registry):
    @registry.workflow("branches")
    def branches(step, payload):
        if payload["vip"]:
            step.in_app("special", TEXT)
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("last", TEXT)

    run = env.trigger("branches", "ada", {"vip": False})
    assert [(step.step_id, step.status) for step in run.steps] == [("pause", "executing"), ("last", "pending")]


def test_a_run_of_another_app_shows_what_it_reached(env, runs, url):
    if url == "sqlite://":
        pytest.skip("a store in memory is one app's")
    from novu_core import Client, Registry

    with Client({"store_url": url}, workflows=Registry()) as other:
        assert [step.step_id for step in other.executions.get(runs["t5"]).steps] == ["bell", "pause"]


class TestMessages:
    """What was sent or stored."""

    def test_pages_count_and_filter(self, env, runs):
        messages = env.client.messages
        page = messages.page(limit=2)
        assert ([message.transaction_id for message in page], page.has_more, page.total) == (["t8", "t7"], True, 10)
        assert [message.channel for message in messages.page(channel="sms")] == ["sms"] * 3
        several = messages.page(transaction_id=["t1", "t2", "unknown"])
        assert (sorted(message.channel for message in several), several.total) == (["email", "in_app", "sms"], 3)
        of_ada = messages.page(1, limit=2, subscriber_id="ada")
        assert ([message.transaction_id for message in of_ada], of_ada.total) == (["t1", "t1"], 4)
        assert messages.page(subscriber_id=["ada", "bob"], channel="in_app").total == 3
        assert messages.page(transaction_id="t1", subscriber_id="bob").items == []
        assert messages.page(execution_id=[runs["t1"], runs["t2"]]).total == 3
        assert [message.transaction_id for message in messages.list(subscriber_id="ada", limit=2)] == ["t5", "t2"]
        cursor = messages.list(subscriber_id="ada", limit=2).next_cursor
        assert [message.transaction_id for message in messages.list(subscriber_id="ada", cursor=cursor)] == ["t1", "t1"]
        for wrong in ({"limit": 1001}, {"number": -1}, {"transaction_id": []}, {"transaction_id": None}):
            with pytest.raises(ValidationError):
                messages.page(**wrong)

    def test_one_is_read_and_deleted(self, env, runs):
        messages = env.client.messages
        [bell] = env.client.inbox("bob").list()
        assert messages.get(bell.message_id) == bell
        assert (bell.seen_at, bell.read_at, bell.archived_at) == (None, None, None)
        env.client.inbox("bob").mark(bell.message_id, read=True)
        assert messages.get(bell.message_id).read_at == messages.get(bell.message_id).seen_at == env.clock.now()
        messages.delete(bell.message_id)
        for ask in (messages.get, messages.delete):
            with pytest.raises(MessageNotFoundError, match=bell.message_id):
                ask(bell.message_id)
        assert env.client.inbox("bob").count() == 0
        assert env.client.executions.get(runs["t3"]).steps[0].outcome == "delivered"
        with pytest.raises(MessageNotFoundError):
            env.client.inbox("bob").mark(bell.message_id, read=True)

    @pytest.mark.parametrize("unknown", ["nobody", "%", "x" * 300, "' OR 1=1 --", "日"])
    def test_an_unknown_one_is_named(self, env, runs, unknown):
        for ask in (env.client.messages.get, env.client.messages.delete):
            with pytest.raises(MessageNotFoundError, match=r"does not exist"):
                ask(unknown)
        assert env.client.messages.delete_all(unknown) == 0
        assert env.client.messages.page().total == 10

    def test_those_of_a_trigger_are_deleted(self, env, runs):
        messages = env.client.messages
        assert messages.delete_all("t1", channel="email") == 1
        assert messages.delete_all("t1", channel="email") == 0
        assert messages.delete_all("t1") == 1
        assert messages.page(transaction_id="t1").total == 0
        assert messages.page().total == 8
        for wrong in (None, "", 5):
            with pytest.raises(ValidationError):
                messages.delete_all(wrong)

    @pytest.mark.parametrize("when", ["before the wake", "between two wakes"])
    def test_a_run_goes_on_when_its_message_was_deleted_while_it_waited(self, env, registry, when):
        read = []

        @registry.workflow("looks")
        def looks(step):
            bell = step.in_app("bell", TEXT)
            step.delay("one", {"amount": 1, "unit": "hours"})
            read.append(bell.read)
            step.delay("two", {"amount": 1, "unit": "hours"})
            read.append(bell.read)

        run = env.trigger("looks", "ada")
        message = env.client.inbox("ada").list().items[0].message_id
        env.client.inbox("ada").mark(message, read=True)
        if when == "between two wakes":
            env.advance(hours=1)
        env.client.messages.delete(message)
        env.advance(hours=3)
        assert env.client.executions.get(run.execution_id).status == "completed"
        assert read[-1] is (when == "between two wakes")

    def test_totals_are_capped(self, env, runs, monkeypatch):
        assert listings.COUNTED == 1000
        assert (env.client.messages.page().total, env.client.messages.page().total_capped) == (10, False)
