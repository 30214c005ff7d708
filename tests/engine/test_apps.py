"""Several apps on one store: ``NOVU_APP`` keeps their runs apart, and without it they are told of each other."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Client, ManualClock, Registry, Settings
from novu_core.delivery import Outbox
from novu_core.engine import neighbours
from novu_core.errors import ExecutionNotFoundError, MessageNotFoundError, StoreError
from novu_core.storage import migrate
from novu_core.storage.rows import scoped, unscoped

START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)
TO = {"subscriberId": "ada", "email": "ada@example.org"}


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path):
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path}/novu.db"


def workflows(name):
    registry = Registry()

    @registry.workflow("welcome")
    def welcome(step):
        step.in_app("bell", {"body": f"from {name}"})
        step.email("mail", {"subject": name, "body": "b"})

    @registry.workflow("later")
    def later(step):
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": f"from {name}"})

    @registry.workflow("digest")
    def digest(step):
        batch = step.digest("batch", {"amount": 1, "unit": "hours"})
        step.in_app("bell", lambda: {"body": f"{batch.event_count} for {name}"})

    @registry.workflow("once")
    def once(step):
        step.throttle("limit", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": f"from {name}"})

    @registry.workflow("broken")
    def broken(step):
        step.custom("fails", lambda: {}[name])

    return registry


@pytest.fixture
def make(store):
    """Return a function: the client of an app of this name, kept apart from the others by ``app``."""
    clients, clock = [], ManualClock(START)

    def make(name, app=None, **settings):
        chosen = Settings(store_url=store, worker="none", app=name if app is None else app, **settings)
        clients.append(Client(chosen, workflows(name), clock=clock, delivery=Outbox(), name=name))
        return clients[-1]

    make.clock, make.store = clock, store
    yield make
    for client in clients:
        client.close()


def bodies(client):
    return sorted(message.content["body"] for message in client.inbox("ada").list())


@pytest.fixture(params=[("shop", "bank"), ("shop", ""), ("", "shop")])
def both(request, make):
    first, second = request.param
    return make("first", app=first), make("second", app=second)


def test_each_app_runs_its_own_runs(both):
    first, second = both
    run = first.trigger("welcome", TO, wait=False).execution_id
    assert second.worker.run_due() == 0
    assert second.engine.parts.store.next_due(["welcome"]) is None
    assert first.worker.run_due() == 1
    assert first.executions.get(run).status == "completed"
    assert (bodies(first), bodies(second)) == (["from first"], [])


def test_each_app_sees_its_own_runs_and_messages(both):
    first, second = both
    run = first.trigger("welcome", TO, transaction_id="t1").execution_id
    [bell] = first.inbox("ada").list()
    assert second.executions.list().items == second.messages.list().items == []
    assert second.executions.list(transaction_id="t1").items == second.messages.list(transaction_id="t1").items == []
    assert second.inbox("ada").count() == second.inbox("ada").mark_all(read=True) == 0
    for refused in (second.executions.get, second.executions.retry, second.executions.cancel):
        with pytest.raises(ExecutionNotFoundError):
            refused(run)
    assert second.executions.page(transaction_id="t1").items == second.messages.page(transaction_id="t1").items == []
    assert second.executions.page(search="t1").items == second.executions.page(search=run).items == []
    assert [found.execution_id for found in first.executions.page(search="t1").items] == [run]
    assert second.messages.delete_all("t1") == 0
    for refused in (second.messages.get, second.messages.delete, second.inbox("ada").mark):
        with pytest.raises(MessageNotFoundError):
            refused(bell.message_id)
    assert [found.transaction_id for found in first.executions.list(transaction_id="t1")] == ["t1"]
    assert {found.transaction_id for found in first.messages.list(transaction_id="t1")} == {"t1"}
    assert first.inbox("ada").count(read=False) == 1
    assert (first.messages.get(bell.message_id), first.messages.delete_all("t1")) == (bell, 2)


def test_a_failed_run_is_retried_by_its_app_only(both):
    first, second = both
    run = first.trigger("broken", TO).execution_id
    with pytest.raises(ExecutionNotFoundError):
        second.executions.retry(run)
    assert first.executions.retry(run).status == "failed"
    assert second.executions.list(status="failed").items == []


def test_a_transaction_id_is_each_apps_own(both):
    first, second = both
    mine = first.trigger("later", TO, transaction_id="t1")
    other = second.trigger("later", TO, transaction_id="t1")
    assert (mine.repeated, other.repeated, mine.transaction_id, other.transaction_id) == (False, False, "t1", "t1")
    assert second.trigger("later", TO, transaction_id="t1").execution_id == other.execution_id
    assert second.cancel("t1") == 1
    assert second.cancel("t1") == 0
    assert first.executions.get(mine.execution_id).status == "running"
    assert first.trigger("later", "ben", transaction_id="t1").status == "running"  # a fan-out of its own goes on
    make_due(first)
    assert bodies(first) == ["from first"]


def make_due(*clients):
    clients[0].clock.advance(timedelta(hours=1))
    for client in clients:
        client.worker.run_due()


def test_digests_and_throttles_are_each_apps_own(both):
    first, second = both
    for client in (first, second, first):
        client.trigger("digest", TO)
        client.trigger("once", TO)
    make_due(second, first)
    assert bodies(first) == ["2 for first", "from first"]
    assert bodies(second) == ["1 for second", "from second"]


@pytest.mark.parametrize("crafted", ["shop\x1ft1", "\x1fshop\x1ft1", "\x1ft1", "t1\x1f"])
def test_no_id_reaches_another_app(make, crafted):
    shop, bare = make("shop"), make("bare", app="")
    run = shop.trigger("later", TO, transaction_id="t1").execution_id
    assert bare.cancel(crafted) == 0
    own = bare.trigger("later", TO, transaction_id=crafted)
    assert (own.repeated, own.transaction_id, own.execution_id == run) == (False, crafted, False)
    assert bare.trigger("later", TO, transaction_id=crafted).execution_id == own.execution_id
    assert bare.cancel(crafted) == 1
    assert shop.executions.get(run).status == "running"
    assert shop.trigger("later", "ben", transaction_id="t1").status == "running"


@pytest.mark.parametrize("own", ["", "shop"])
@pytest.mark.parametrize("given", ["t", "a\x1fb", "\x1f", "\x1f\x1fa", "shop\x1f", ""])
def test_a_stored_id_reads_as_it_was_given(own, given):
    assert unscoped(own, scoped(own, given)) == given


def test_runs_of_an_earlier_version_are_the_unnamed_apps(make, monkeypatch):
    """Its tables knew no apps."""
    known = migrate.migrations()
    old = make("old", app="").engine.parts.store.database
    monkeypatch.setattr(migrate, "migrations", lambda: [found for found in known if found[0] < 6])
    row = {
        "execution_id": "019b8d00-0000-7000-8000-000000000000", "workflow_id": "welcome", "subscriber_id": "ada",
        "transaction_id": "t1", "status": "pending", "due_at": 0, "fence": 0, "tries": 0,
        "request": '{"payload":{},"subscriber":{"subscriberId":"ada"}}', "created_at": 0, "takeovers": 0, "progress": 0,
    }  # fmt: skip
    with old._using:
        cursor = old._open().cursor()
        values = ", ".join(repr(value) for value in row.values())
        cursor.execute(f"INSERT INTO novu_executions ({', '.join(row)}) VALUES ({values})")
        cursor.close()
    old.close()
    monkeypatch.undo()
    assert make("shop").executions.list().items == []
    bare = make("bare", app="")
    assert bare.worker.run_due() == 1
    assert bare.executions.list(transaction_id="t1").items[0].step_results["bell"]["body"] == "from bare"


@pytest.mark.parametrize("name", ["a b", "é", "a\x1fb", "x" * 65, "a/b"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match="is not a name; use letters, digits"):
        Settings(app=name)


def told(caplog):
    return [record.getMessage() for record in caplog.records if record.name == neighbours.__name__]


SHOP = (
    "bank: the app shop has workflows of the same ids on this store (broken, digest, later, once, welcome), so each of "
    "the two apps runs what the other recorded; give each a store, or a NOVU_APP, of its own"
)


@pytest.mark.parametrize("own", ["", "one"])
def test_a_worker_warns_once_of_another_app_that_it_would_run_for(make, caplog, own):
    shop, bank = make("shop", own), make("bank", own)
    shop.trigger("welcome", TO, wait=False)
    for _ in range(3):
        bank.engine.neighbours.look()
        make.clock.advance(timedelta(minutes=1))
    assert told(caplog) == [SHOP]
    assert shop.engine.neighbours.found() == {"bank": SHOP.replace("bank: the app shop", "the app bank")}


@pytest.mark.parametrize(("first", "second"), [("shop", "bank"), ("", "bank")])
def test_apps_that_are_kept_apart_are_told_nothing(make, caplog, first, second):
    shop, bank = make("shop", first), make("bank", second)
    shop.trigger("welcome", TO)
    bank.trigger("welcome", TO)
    bank.engine.neighbours.look()
    assert told(caplog) == []


def test_an_app_without_a_name_and_the_same_app_are_told_nothing(make, caplog):
    web, worker, script = make("shop", ""), make("shop", ""), make(None, "")
    for client in (web, worker, script):
        client.trigger("welcome", TO)
        client.engine.neighbours.look()
    assert told(caplog) == []
    assert script.engine.neighbours.found() == {}


def test_apps_with_other_workflows_may_share_a_store(make, caplog):
    shop, bank = make("shop", ""), make("bank", "")
    bank.registry.workflow("transfer")(lambda step: None)
    bank.engine.neighbours.show()
    shop.engine.neighbours.look()
    assert [line.partition("(")[2].partition(")")[0] for line in told(caplog)] == [
        "broken, digest, later, once, welcome"
    ]


def test_an_app_that_is_gone_is_forgotten_after_a_day(make, caplog):
    shop, bank = make("shop", ""), make("bank", "")
    shop.trigger("welcome", TO)
    make.clock.advance(timedelta(hours=23))
    shop.trigger("welcome", TO)  # it is still there
    make.clock.advance(timedelta(hours=2))
    assert list(bank.engine.neighbours.found()) == ["shop"]
    make.clock.advance(timedelta(hours=23))
    assert bank.engine.neighbours.found() == {}


def test_a_store_that_is_away_fails_no_trigger(make, monkeypatch):
    shop, bank = make("shop", ""), make("bank", "")
    store, commit = shop.engine.parts.store, shop.engine.parts.store.commit
    monkeypatch.setattr(neighbours, "Write", lambda *row: row)

    def away(*changes, **options):
        if changes and isinstance(changes[0], tuple):
            raise StoreError("away")
        return commit(*changes, **options)

    monkeypatch.setattr(store, "commit", away)
    assert shop.trigger("welcome", TO).status == "completed"
    assert bank.engine.neighbours.found() == {}
    monkeypatch.undo()
    shop.trigger("welcome", TO)
    assert list(bank.engine.neighbours.found()) == ["shop"]


@pytest.mark.parametrize("apart", [False, True])
def test_two_flask_apps_on_one_store(store, caplog, apart):
    """Each with a key of its own, as the page about them has it."""
    apps = {}
    for name in ("shop", "bank"):
        app = apps[name] = Flask(name)
        app.config.update(NOVU_STORE_URL=store, NOVU_SECRET_KEY=f"{name}-key", NOVU_WORKER="none")
        if apart:
            app.config["NOVU_APP"] = name
        Novu(app, workflows=workflows(name), delivery={"email": "console://"})

    def ask(name, method, path, **options):
        headers = {"authorization": f"ApiKey {name}-key"}
        return apps[name].test_client().open(f"/api/novu{path}", method=method, headers=headers, **options)

    made = ask("shop", "POST", "/workflows/later/execute", json={"to": "ada", "transaction_id": "t2"})
    assert made.status_code == 202
    seen = ask("bank", "GET", "/executions").json["items"]
    assert len(seen) == (0 if apart else 1)
    assert ask("bank", "GET", f"/executions/{made.json['execution_id']}").status_code == (404 if apart else 200)
    found = apps["bank"].test_cli_runner().invoke(novu_cli, ["check"])
    assert ("the app shop has workflows of the same ids on this store" in found.output.replace("\n", " ")) is not apart
    assert found.exit_code == (0 if apart else 1)
    with caplog.at_level(logging.WARNING):
        worker = apps["bank"].extensions["novu"].worker
        worker.work(1, lambda worker: worker.request_stop())
    assert len(told(caplog)) == (0 if apart else 1)
    assert ask("bank", "DELETE", "/triggers/t2").json["canceled"] == (0 if apart else 1)
    assert ask("shop", "DELETE", "/triggers/t2").json["canceled"] == (1 if apart else 0)
    for app in apps.values():
        app.extensions["novu"].close()
