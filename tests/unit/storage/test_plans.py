"""How SQLite, which has no statistics, finds each page: by the index that leads straight to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core import Client, Registry
from novu_core.clock import UTC, SystemClock
from novu_core.storage import news
from novu_core.storage.open_windows import collected
from novu_core.storage.transaction import Transaction

LISTS = {
    "runs": (lambda client: client.executions.list(), ["novu_executions_1"]),
    "a late page of runs": (lambda client: client.executions.page(500), ["novu_executions_1"]),
    "runs completed": (lambda client: client.executions.page(status="completed"), ["novu_executions_1"]),
    "runs failed": (lambda client: client.executions.page(status="failed"), ["novu_executions_status (status=?)"]),
    "runs of a workflow": (lambda client: client.executions.page(workflow_id="w"), ["novu_executions_workflow"]),
    "runs of workflows": (lambda client: client.executions.page(workflow_id=["v", "w"]), ["novu_executions_workflow"]),
    "runs of a subscriber": (lambda client: client.executions.page(subscriber_id="u"), ["novu_executions_subscriber"]),
    "runs of a trigger": (lambda client: client.executions.page(transaction_id="t"), ["novu_executions_transaction"]),
    "runs by channel": (lambda client: client.executions.page(channel=["sms", "push"]), ["novu_steps_type"]),
    "runs failed by channel": (
        lambda client: client.executions.page(channel=["sms"], status="failed"),
        ["novu_steps_type", "novu_executions_status"],
    ),
    "runs before a time": (
        lambda client: client.executions.page(before=SystemClock().now().astimezone(UTC) - timedelta(days=1)),
        ["novu_executions_1 (execution_id<?)"],
    ),
    "runs that wait": (lambda client: client.executions.list(waiting_for="digest"), ["novu_executions_waiting (w"]),
    "runs by outcome": (lambda client: client.executions.summaries(outcome="merged"), ["novu_executions_outcome (o"]),
    "runs by error": (lambda client: client.executions.list(error_type="E"), ["novu_executions_error (<expr>=?)"]),
    "runs by error and status": (
        lambda client: client.executions.summaries(error_type="E", status="failed"),
        ["novu_executions_error (<expr>=?)"],
    ),
    "runs of a subscriber that failed": (
        lambda client: client.executions.summaries(subscriber_id="u", status="failed"),
        ["novu_executions_subscriber (subscriber_id=?)"],
    ),
    "runs of a subscriber that wait": (
        lambda client: client.executions.list(subscriber_id="u", waiting_for="delay"),
        ["novu_executions_subscriber (subscriber_id=?)"],
    ),
    "runs by their failed step": (
        lambda client: client.executions.summaries(failed_step="s"), ["novu_steps_failed (step_id=?)"],
    ),
    "runs by their failed step, workflow and error": (
        lambda client: client.executions.list(failed_step="s", workflow_id="w", error_type="E", status="failed"),
        ["novu_steps_failed (step_id=?)"],
    ),
    "runs merged": (lambda client: client.executions.summaries(merged_into="e"), ["novu_windows_opener"]),
    "runs since": (
        lambda client: client.executions.summaries(since=SystemClock().now() - timedelta(days=1)),
        ["sqlite_autoindex_novu_executions_1 (execution_id>?)"],
    ),
    "events of a digest": (
        lambda client: client.engine.parts.store.database.read(lambda t: collected(t, "e", 20, None)),
        ["sqlite_autoindex_novu_events_1 (execution_id=?)"],
    ),
    "versions of controls": (lambda client: client.controls.history("w"), ["novu_controls_history_of (workflow_id=?"]),
    "messages": (lambda client: client.messages.page(), ["novu_messages_1"]),
    "messages of a channel": (lambda client: client.messages.page(channel="sms"), ["novu_messages_channel"]),
    "messages of a subscriber": (lambda client: client.messages.page(subscriber_id="u"), ["novu_messages_inbox"]),
    "messages of subscribers": (
        lambda client: client.messages.page(subscriber_id=["u", "v"], channel="sms"), ["novu_messages_inbox"],
    ),
    "messages of triggers": (
        lambda client: client.messages.page(transaction_id=["t", "s"]), ["novu_messages_transaction"],
    ),
    "an inbox": (lambda client: client.inbox("u").list(), ["COVERING INDEX novu_messages_folder (app=? AND subscriber_id=?"]),
    "an inbox's count": (lambda client: client.inbox("u").count(), ["COVERING INDEX novu_messages_folder (app=? AND subscriber_id=?"]),
    "arrivals of the connected": (
        lambda client: _arrivals(client), ["novu_messages_inbox (subscriber_id=? AND channel=? AND message_id>?)"],
    ),
    "changes of the connected": (lambda client: _changes(client), ["novu_inbox_changes_1 (app=? AND subscriber_id=?)"]),
    "subscribers": (lambda client: client.subscribers.list(), ["novu_subscribers_id"]),
    "subscribers by name": (lambda client: client.subscribers.list(name="A"), ["novu_subscribers_name"]),
    "subscribers by e-mail": (lambda client: client.subscribers.list(email="a@b.c"), ["novu_subscribers_email"]),
    "members": (lambda client: client.topics.members("t"), ["novu_memberships_topic"]),
    "topics of a subscriber": (lambda client: client.topics.of_subscriber("u"), ["novu_memberships_subscriber"]),
    "what is due": (lambda client: client.engine.parts.store.next_due(["w"]), ["novu_executions_due"]),
}  # fmt: skip
OF_A_NAMED_APP = {
    "runs": "novu_executions_app (app=?)",
    "a late page of runs": "COVERING INDEX novu_executions_app",
    "runs completed": "novu_executions_app",
    "runs before a time": "novu_executions_app (app=? AND execution_id<?)",
    "runs since": "novu_executions_app (app=? AND execution_id>?)",
    "messages": "novu_messages_app",
}


def _arrivals(client):
    store = client.engine.parts.store
    store.database.read(lambda transaction: news.arrivals(transaction, store.app, ["u", "v"], client.clock.now()))


def _changes(client):
    store = client.engine.parts.store
    store.database.read(lambda transaction: news.versions(transaction, store.app, ["u", "v"]))


@pytest.fixture
def client(owner):
    settings = {"NOVU_STORE_URL": "sqlite://", "NOVU_WORKER": "none", **({"NOVU_APP": owner} if owner else {})}
    registry = Registry()
    registry.workflow("w")(lambda step: step.in_app("bell", {"body": "b"}))
    with Client(settings, workflows=registry) as made:
        made.topics.subscribe("t", "u")
        yield made


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("owner", ["", "shop"])
def test_a_page_is_found_by_its_index(client, monkeypatch, name, owner):
    ask, expected = LISTS[name]
    if owner and name in OF_A_NAMED_APP:
        expected = [OF_A_NAMED_APP[name]]
    plans: list[str] = []
    plain = Transaction.execute

    def explained(self, statement, params=None):
        compiled = self._compiled(statement)
        self._cursor.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", compiled.values(params or {}))
        plans.extend(row[-1] for row in self._cursor.fetchall())
        return plain(self, statement, params)

    monkeypatch.setattr(Transaction, "execute", explained)
    ask(client)
    searched = [plan for plan in plans if plan.startswith(("SEARCH", "SCAN")) and "novu_" in plan]
    assert any(index in plan for plan in searched for index in expected), plans
    assert not [plan for plan in searched if plan.startswith("SCAN") and "USING" not in plan], plans
