"""Workflow code runs in the context of its app: in a request, in the worker, and outside."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import flask
import pytest
from flask import Flask, current_app, g

from flask_novu import Novu, serve
from novu_core import Workflow
from novu_core.errors import ConfigurationError
from tests.flask.conftest import execute


@pytest.mark.mission("D0-6")
def test_workflow_code_has_an_app_context_in_a_request_in_a_worker_and_outside(tmp_path, registry):
    app, seen, done = Flask("context"), [], threading.Event()

    @registry.workflow("where")
    def where(step):
        def look():
            seen.append((current_app.name, hasattr(g, "mine")))
            done.set()
            return {"ok": True}

        step.custom("look", look)

    app.debug = True
    Novu().init_app(app, workflows=registry, store_url=f"sqlite:///{tmp_path}/novu.db")
    app.before_request(lambda: setattr(g, "mine", True))
    execute(app, "where")
    done.clear()
    client = app.extensions["novu"]
    client.trigger("where", to="ada", wait=False)
    assert done.wait(10)
    client.trigger("where", to="ada")
    client.close()
    assert seen == [("context", False)] * 3


def test_threads_in_the_contexts_of_two_apps_trigger_each_its_own(make_app, registry):
    apps = [make_app("one"), make_app("two")]
    start = threading.Barrier(8)

    def work(number):
        with apps[number % 2].app_context():
            start.wait()
            return [registry["hello"].trigger("ada").step_results["inbox"]["body"] for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        for number, bodies in enumerate(pool.map(work, range(8))):
            assert set(bodies) == {f"hello from {apps[number % 2].name}"}
    assert {app.extensions["novu"].inbox("ada").count() for app in apps} == {80}


@pytest.mark.mission("F-E3")
def test_without_a_context_the_app_is_pushed_for_the_workflow():
    names = []

    def body(step):
        names.append(current_app.name)
        step.in_app("a", {"body": "a"})

    defined = Workflow("w", body)
    app = Flask("mine")
    app.testing = True
    client = serve(app, workflows=[defined], worker="none")
    assert not flask.has_app_context()
    assert client.trigger(defined, to="ada").status == "completed"
    assert defined.trigger(to="bo").status == "completed"
    assert set(names) == {"mine"}


@pytest.mark.mission("F-E3")
def test_without_a_context_and_two_apps_the_error_names_the_fix():
    defined = Workflow("w", lambda step: step.in_app("a", {"body": "a"}))
    apps = []
    for name in ("one", "two"):
        apps.append(Flask(name))
        apps[-1].testing = True
        serve(apps[-1], workflows=[defined], worker="none")
        apps[-1].extensions["novu"].workflows.status("w")
    with pytest.raises(ConfigurationError, match="with client"):
        defined.trigger(to="ada")
    with apps[0].app_context():
        assert defined.trigger(to="ada").status == "completed"
