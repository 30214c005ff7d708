"""A run that is left open in memory is told once: it ends with the process, or nothing wakes it."""

from __future__ import annotations

import asyncio
import logging

import pytest
from flask import Flask

from flask_novu import Novu
from novu_core import Client, Settings
from novu_core.testing import NovuEnvironment

LOST = "waits in memory and is lost when this process ends; set NOVU_STORE_URL"
ASLEEP = "waits, and nothing wakes it"


@pytest.fixture(autouse=True)
def waiting(registry):
    @registry.workflow("waiting")
    def waiting(step):
        step.delay("d", {"amount": 1, "unit": "hours"})

    @registry.workflow("gathering")
    async def gathering(step):
        await step.digest("d", {"amount": 1, "unit": "hours"})

    @registry.workflow("done")
    def done(step):
        step.in_app("bell", {"body": "b"})


def told(caplog):
    records = [record for record in caplog.records if record.name == "novu_core.client.triggering"]
    assert all(record.levelno == logging.WARNING for record in records)
    return [record.getMessage() for record in records]


@pytest.mark.parametrize(("worker", "text"), [("thread", LOST), ("none", ASLEEP)])
def test_the_first_run_that_waits_is_told_and_no_other(registry, caplog, worker, text):
    with Client(Settings(worker=worker), registry) as client:
        client.trigger("done", "ada")
        assert told(caplog) == []
        first = client.trigger("waiting", "ada")
        asyncio.run(client.atrigger("gathering", "ada"))
    [message] = told(caplog)
    assert text in message
    assert first.execution_id in message


def test_of_an_async_workflow_and_of_several_recipients_too(registry, caplog):
    with Client(Settings(worker="none"), registry) as client:
        asyncio.run(client.atrigger("gathering", ["ada", "ben"]))
    assert len(told(caplog)) == 1


def test_a_run_that_is_only_recorded_waits_for_a_worker(registry, caplog):
    with Client(Settings(worker="none", wait=False), registry) as client:
        client.trigger("done", "ada")
    [message] = told(caplog)
    assert ASLEEP in message


@pytest.mark.parametrize(("worker", "text"), [("thread", LOST), ("none", ASLEEP)])
def test_a_topic_waits_for_a_worker(registry, caplog, worker, text):
    with Client(Settings(worker=worker), registry) as client:
        client.trigger("done", {"topicKey": "nobody"}, transaction_id="all")
        client.trigger("done", {"topicKey": "nobody"}, transaction_id="all")
        client.broadcast("done")
    [message] = told(caplog)
    assert text in message
    assert "Transaction all, whose runs are not recorded yet," in message


def test_a_worker_that_was_started_by_hand_counts(registry, caplog):
    with Client(Settings(worker="none"), registry) as client:
        client.start_worker()
        client.trigger("waiting", "ada")
    [message] = told(caplog)
    assert LOST in message


def test_a_file_a_test_and_a_clock_of_ones_own_are_not_told(registry, caplog, tmp_path):
    app = Flask("tested")
    app.testing = True
    Novu().init_app(app, workflows=registry)
    clients = [
        Client(Settings(worker="none", store_url=f"sqlite:///{tmp_path}/novu.db"), registry),
        Client(Settings(worker="none", testing=True), registry),
        app.extensions["novu"],
    ]
    for client in clients:
        with client:
            client.trigger("waiting", "ada")
    with NovuEnvironment(registry) as env:
        env.trigger("waiting", "ada")
    assert told(caplog) == []
