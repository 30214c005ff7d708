"""Celery runs what is due, in this process: its tasks, its sender, and what a broker that is away does."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from celery import Celery
from flask import Flask, current_app

from flask_novu import Novu, current_novu
from novu_core import Client, Registry
from novu_core.backends.celery import Messages, SenderStep, run, sender, served, sweep
from novu_core.errors import ConfigurationError
from novu_core.integrations.opentelemetry import instrument
from novu_core.storage.lease_statements import QUEUE
from tests.queues.product import celery_init_app
from tests.queues.scene import wait

pytestmark = pytest.mark.filterwarnings("ignore:No hostname was supplied")


@pytest.fixture
def client(registry, tmp_path, celery_app):
    with Client({"NOVU_WORKER": "celery", "NOVU_STORE_URL": f"sqlite:///{tmp_path}/novu.db"}, registry) as client:
        yield client


@pytest.fixture
def hello(registry):
    @registry.workflow("hello")
    def hello(step):
        step.in_app("bell", lambda: {"body": "x"})
        step.delay("nap", {"amount": 0.1, "unit": "seconds"})
        step.custom("who", lambda: {"thread": threading.current_thread().name})

    return hello


def ended(client, run):
    return lambda: client.executions.get(run.execution_id).status in ("completed", "failed")


@pytest.mark.parametrize("pool", ["threads", "solo"])
def test_a_worker_of_celery_runs_what_is_due_and_wakes_what_waits(client, hello, working, pool):
    with working(pool=pool, concurrency=2):
        found = client.trigger("hello", "ada", wait=False)
        wait(ended(client, found))
    execution = client.executions.get(found.execution_id)
    assert execution.status == "completed"
    assert [step.step_id for step in execution.steps] == ["bell", "nap", "who"]
    assert not client.worker.running
    assert client.stats.due() == {"due": 0, "oldest_due": None, "handed_over": 0}


def test_what_a_worker_of_celery_runs_is_of_the_triggers_trace(client, hello, working, exporter, tracer_provider):
    end = instrument(client, tracer_provider=tracer_provider)
    with working(pool="threads", concurrency=2):
        with tracer_provider.get_tracer("app").start_as_current_span("a request"):
            client.trigger("hello", "ada", wait=False)
        wait(lambda: [span.name for span in exporter.get_finished_spans()].count("run hello") == 2)
    end()
    spans = exporter.get_finished_spans()
    assert len({span.context.trace_id for span in spans}) == 1
    [trigger] = [span for span in spans if span.name == "trigger hello"]
    runs = [span for span in spans if span.name == "run hello"]
    assert [span.parent.span_id for span in runs] == [trigger.context.span_id] * 2
    assert [span.attributes.get("novu.waiting_for") for span in runs] == ["delay", None]


def test_the_web_process_leaves_runs_to_celery_and_talks_to_no_broker(client, hello, celery_app, monkeypatch):
    monkeypatch.setattr(Celery, "connection_for_write", lambda *_, **__: 1 / 0)
    found = client.trigger("hello", "ada", wait=False)
    inline = client.trigger("hello", "ben")
    assert (found.status, inline.waiting_for) == ("pending", "delay")
    assert client.stats.due()["due"] == 1
    assert "worker" not in vars(client)


def test_a_message_names_its_workflow_and_has_no_result(client, hello, celery_app):
    celery_app.conf.task_routes = {"novu.run.hello": {"queue": "critical"}, "novu.run.*": {"queue": "novu"}}
    found = client.trigger("hello", "ada", wait=False)
    assert sender(client).sweep() == 1
    with celery_app.connection_for_read() as connection:
        queue = connection.SimpleQueue("critical")
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    assert (message.headers["task"], message.headers["shadow"]) == ("novu.run", "novu.run.hello")
    assert message.headers["expires"] is not None
    assert message.headers["ignore_result"] is True
    assert message.headers["eta"] is None
    assert message.payload[0] == [found.execution_id]
    assert client.engine.parts.store.execution(found.execution_id).owner == QUEUE


def test_sweep_is_a_task_for_a_schedule(client, hello, celery_app, working):
    found = client.trigger("hello", "ada", wait=False)
    assert {"novu.run", "novu.sweep"} < set(celery_app.tasks)
    sweep()
    assert client.engine.parts.store.execution(found.execution_id).owner == QUEUE
    run(found.execution_id)
    assert client.executions.get(found.execution_id).waiting_for == "delay"


def test_a_broker_that_is_away_is_waited_for_and_nothing_is_handed_over(client, hello, celery_app, tmp_path):
    celery_app.conf.broker_url = f"redis+socket://{tmp_path}/nothing"
    found = client.trigger("hello", "ada", wait=False)
    with pytest.raises(Exception, match="nothing"):
        sender(client).sweep()
    assert client.engine.parts.store.execution(found.execution_id).fence == 0


def test_a_connection_that_broke_is_made_anew(client, hello, celery_app, monkeypatch):
    messages, sent = Messages(celery_app), []
    messages.ready()
    first = messages._connection
    messages.ready()
    assert messages._connection is first

    def broken(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(first, "close", broken)
    monkeypatch.setattr(celery_app, "send_task", broken)
    with pytest.raises(ConnectionError):
        messages.send("novu.run.hello", ["x"], 30)
    assert messages._connection is None
    monkeypatch.setattr(celery_app, "send_task", lambda *args, **options: sent.append(args))
    messages.send("novu.run.hello", ["x"], 30)
    assert sent == [("novu.run", ["x"])]
    messages.close()
    messages.close()


def test_clients_are_served_that_say_so(client, tmp_path, caplog):
    def wrong():
        raise ConfigurationError("no such setting")

    broken = Client(wrong)
    with Client({"NOVU_WORKER": "none", "NOVU_STORE_URL": "sqlite://"}, Registry()):
        assert list(served()) == [client]
    assert "no such setting" in caplog.text
    broken.close()


@pytest.mark.parametrize("first", ["celery", "novu"])
def test_flasks_pattern_in_either_order_with_the_apps_context_around_runs(celery_app, working, tmp_path, first):
    registry, seen = Registry(), []

    @registry.workflow("who")
    def who(step):
        step.custom("app", lambda: seen.append((current_app.name, current_novu.name)) or {})

    app = Flask("shop")
    app.config.from_mapping(
        TESTING=True,
        NOVU_WORKER="celery",
        NOVU_STORE_URL=f"sqlite:///{tmp_path}/novu.db",
        CELERY={"broker_url": "memory://", "broker_transport_options": {"polling_interval": 0.01}},
    )
    joins = [lambda: celery_init_app(app), lambda: Novu().init_app(app, workflows=registry)]
    for join in joins if first == "celery" else reversed(joins):
        join()
    mine = app.extensions["celery"]
    client = app.extensions["novu"]
    with working(app=mine, pool="threads", concurrency=2):
        found = client.trigger("who", "ada", wait=False)
        wait(ended(client, found))
    assert seen == [("shop", "shop")]
    client.close()
    mine.close()


def test_an_app_that_was_ready_before_gets_the_sender_too(celery_app):
    celery_app.finalize()
    assert SenderStep in celery_app.steps["worker"]


def test_an_app_that_was_ready_before_this_was_imported_too():
    script = """
from celery import Celery
app = Celery("early", broker="memory://")
app.finalize()
from novu_core.backends.celery import SenderStep
assert SenderStep in app.steps["worker"]
assert {"novu.run", "novu.sweep"} < set(app.tasks)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_celery_the_setting_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "novu_core.backends.celery", None)
    with pytest.raises(ConfigurationError, match="flask-novu\\[celery\\]"):
        Client({"NOVU_WORKER": "celery", "NOVU_STORE_URL": "sqlite://"}, Registry())
