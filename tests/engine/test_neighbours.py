"""Apps that share a store and workflow ids, and are not kept apart: the worker and the check warn of them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core.engine import neighbours
from novu_core.errors import StoreError
from tests.engine.apps import workflows

START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)
TO = {"subscriberId": "ada", "email": "ada@example.org"}


def told(caplog):
    return [record.getMessage() for record in caplog.records if record.name == neighbours.__name__]


SHOP = (
    "bank: the app shop has workflows with the same ids on this store (broken, digest, later, once, welcome), so each of "
    "the two apps runs what the other recorded; give each its own store or its own NOVU_APP"
)


@pytest.mark.parametrize("own", ["", "one"])
def test_a_worker_warns_once_of_another_app_that_it_would_run_for(app_on, caplog, own):
    shop, bank = app_on("shop", own), app_on("bank", own)
    shop.trigger("welcome", TO, wait=False)
    for _ in range(3):
        bank.engine.neighbours.look()
        app_on.clock.advance(timedelta(minutes=1))
    assert told(caplog) == [SHOP]
    assert shop.engine.neighbours.found() == {"bank": SHOP.replace("bank: the app shop", "the app bank")}


@pytest.mark.parametrize(("first", "second"), [("shop", "bank"), ("", "bank")])
def test_apps_that_are_kept_apart_are_told_nothing(app_on, caplog, first, second):
    shop, bank = app_on("shop", first), app_on("bank", second)
    shop.trigger("welcome", TO)
    bank.trigger("welcome", TO)
    bank.engine.neighbours.look()
    assert told(caplog) == []


def test_an_app_without_a_name_and_the_same_app_are_told_nothing(app_on, caplog):
    web, worker, script = app_on("shop", ""), app_on("shop", ""), app_on(None, "")
    for client in (web, worker, script):
        client.trigger("welcome", TO)
        client.engine.neighbours.look()
    assert told(caplog) == []
    assert script.engine.neighbours.found() == {}


def test_apps_with_other_workflows_may_share_a_store(app_on, caplog):
    shop, bank = app_on("shop", ""), app_on("bank", "")
    bank.registry.workflow("transfer")(lambda step: None)
    bank.engine.neighbours.show()
    shop.engine.neighbours.look()
    assert [line.partition("(")[2].partition(")")[0] for line in told(caplog)] == [
        "broken, digest, later, once, welcome"
    ]


def test_an_app_that_is_gone_is_forgotten_after_a_day(app_on, caplog):
    shop, bank = app_on("shop", ""), app_on("bank", "")
    shop.trigger("welcome", TO)
    app_on.clock.advance(timedelta(hours=23))
    shop.trigger("welcome", TO)  # it is still there
    app_on.clock.advance(timedelta(hours=2))
    assert list(bank.engine.neighbours.found()) == ["shop"]
    app_on.clock.advance(timedelta(hours=23))
    assert bank.engine.neighbours.found() == {}


def test_a_store_that_is_away_fails_no_trigger(app_on, monkeypatch):
    shop, bank = app_on("shop", ""), app_on("bank", "")
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
def test_two_flask_apps_on_one_store(shared_store, caplog, apart):
    """Each with a key of its own, as the page about them has it."""
    apps = {}
    for name in ("shop", "bank"):
        app = apps[name] = Flask(name)
        app.config.update(NOVU_STORE_URL=shared_store, NOVU_SECRET_KEY=f"{name}-key", NOVU_WORKER="none")
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
    assert (
        "the app shop has workflows with the same ids on this store" in found.output.replace("\n", " ")
    ) is not apart
    assert found.exit_code == (0 if apart else 1)
    with caplog.at_level(logging.WARNING):
        worker = apps["bank"].extensions["novu"].worker
        worker.work(1, lambda worker: worker.request_stop())
    assert len(told(caplog)) == (0 if apart else 1)
    assert ask("bank", "DELETE", "/triggers/t2").json["canceled"] == (0 if apart else 1)
    assert ask("shop", "DELETE", "/triggers/t2").json["canceled"] == (1 if apart else 0)
    for app in apps.values():
        app.extensions["novu"].close()
