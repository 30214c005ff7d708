"""A worker that cannot start is told once, and no visit of an app's own pages fails for it."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_novu import Novu
from novu_core import Client, Registry
from novu_core.client.waking import Waking
from novu_core.errors import ConfigurationError


def told(caplog):
    return [record for record in caplog.records if "could not be started" in record.getMessage()]


WRONG = [
    {"NOVU_DELIVERY": {"email": "smtp://x"}},
    {"NOVU_STORE_URL": "mysql://x"},
    {"NOVU_RETRY": {"attempts": 0}},
    {"NOVU_WORKFLOWS": "no.such.module"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: next(iter(wrong)))
@pytest.mark.parametrize("worker", ["thread", "none"])
def test_every_visit_is_answered_and_the_log_told_once(wrong, worker, caplog):
    app = Flask("visited")
    app.config.update(wrong, NOVU_WORKER=worker)
    app.config.setdefault("NOVU_STORE_URL", "sqlite://")
    Novu().init_app(app, workflows=None if "NOVU_WORKFLOWS" in wrong else Registry())
    app.add_url_rule("/own", view_func=lambda: "own")
    visitor = app.test_client()
    for _ in range(3):
        assert visitor.get("/own").text == "own"
        assert visitor.get("/nothing").status_code == 404
    [record] = told(caplog)
    assert isinstance(record.exc_info[1], ConfigurationError)
    assert not {"settings", "engine"} & vars(app.extensions["novu"]).keys()


def test_each_trouble_is_told_and_one_that_comes_back_again(caplog):
    wake, faults = Waking(), ["a", "a", "b", "b", "", "b", "b"]

    class Found:
        def wake(self):
            fault = faults.pop(0)
            if fault:
                raise ValueError(fault)

    while faults:
        wake(Found)
    assert [str(record.exc_info[1]) for record in told(caplog)] == ["a", "b", "b"]


def test_settings_that_are_mended_are_read_at_the_next_visit(caplog):
    app = Flask("mended")
    app.config.update(NOVU_STORE_URL="sqlite://", NOVU_WORKER="none", NOVU_DELIVERY={"email": "smtp://x"}, TESTING=True)
    Novu().init_app(app, workflows=Registry())
    visitor = app.test_client()
    assert visitor.get("/api/novu/health").status_code == 500
    app.config["NOVU_DELIVERY"] = {"email": "smtp://x?from=a@example.org"}
    assert visitor.get("/api/novu/health").status_code == 200


def test_asking_for_one_part_builds_one_of_each():
    built: list[object] = []

    def settings():
        built.append("settings")
        from novu_core import Settings

        return Settings(store_url="sqlite://", worker="none")

    for first in ("settings", "registry", "engine", "worker", "executions"):
        built.clear()
        with Client(settings, Registry()) as client:
            getattr(client, first)
            assert client.engine.parts.registry is client.registry
            assert built == ["settings"]
