"""Apps and requests leave nothing behind."""

from __future__ import annotations

import gc
import threading
import tracemalloc
import weakref

import pytest
from flask import Flask

from flask_novu import Novu
from novu_core import Registry
from novu_core.client.current import live
from novu_core.testing import NovuEnvironment
from tests.conftest import until
from tests.flask.conftest import execute
from tests.providers import Recording


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def untraced():
    """Threads that begin here are not measured: coverage keeps a tracer for each that ever was."""
    before = threading.gettrace()
    threading.settrace(None)
    yield
    threading.settrace(before)


def threads():
    return {thread for thread in threading.enumerate() if thread.name.startswith("novu-")}


def wait_for(novu, completed):
    until(lambda: len(novu.executions.list(status="completed").items) == completed)


def started(registry, **settings):
    app = Flask("gone")
    app.testing = True
    app.config.update(settings)
    Novu(app, workflows=registry)
    return app


@pytest.mark.parametrize("used", [False, True])
def test_an_app_that_nobody_holds_goes_away_at_once_with_its_client_and_store(registry, no_collector, used):
    app = started(registry)
    client = app.extensions["novu"]
    gone = [weakref.ref(app), weakref.ref(client), weakref.ref(client.engine.parts.store.database)]
    if used:
        assert execute(app).status_code == 200
    del app, client
    assert [each() for each in gone] == [None, None, None]


def test_five_hundred_apps_of_tests_leave_no_thread_no_client_and_no_memory(untraced):
    def one(number):
        registry = Registry()

        @registry.workflow("hello")
        def hello(payload, step, subscriber):
            step.in_app("inbox", lambda: {"body": f"{subscriber.subscriber_id} {payload['n']}"})
            step.email("mail", {"subject": "Hello", "body": "{{payload.n}}"})

        app = started(registry, NOVU_DELIVERY={"email": Recording()})
        with app.app_context():
            to = {"subscriberId": "ada", "email": "ada@example.org"}
            assert hello.trigger(to=to, payload={"n": number}).status == "completed"
            hello.trigger(to=to, payload={"n": number}, wait=False)
        assert not {thread for thread in threads() - before if thread.name == "novu-worker"}

    def apps(count):
        for number in range(count):
            one(number)
        assert len(live) == clients
        gc.collect()

    before, clients = threads(), len(live)
    apps(20)
    objects = len(gc.get_objects())
    apps(400)
    assert len(gc.get_objects()) - objects < 400  # less than one for each
    tracemalloc.start()
    apps(10)
    kept = tracemalloc.get_traced_memory()[0]
    apps(100)
    grown = tracemalloc.get_traced_memory()[0] - kept
    tracemalloc.stop()
    assert grown < 100_000
    until(lambda: len(threads() - before) <= 1)  # the one that sends, for all of them


def test_while_testing_no_worker_starts_by_itself(registry):
    app = started(registry)
    novu = app.extensions["novu"]
    before = threads()
    assert execute(app).status_code == 200
    assert execute(app, to=["ben", "eve"]).status_code == 202
    app.test_client().get("/")
    assert not novu.worker.running
    assert len(novu.executions.list(status="pending").items) == 2
    assert {thread.name for thread in threads() - before} == {"novu-heartbeat"}
    novu.start_worker()
    wait_for(novu, 3)
    novu.close()


def test_the_worker_of_an_app_that_nobody_holds_ends(registry, tmp_path, no_collector):
    app = Flask("gone")
    Novu(app, workflows=registry, store_url=f"sqlite:///{tmp_path}/novu.db", strict_authentication=False)
    before = threads()
    assert execute(app, to=["ada", "ben"]).status_code == 202
    wait_for(app.extensions["novu"], 2)
    assert "novu-worker" in {thread.name for thread in threads() - before}
    gone = weakref.ref(app.extensions["novu"])
    del app
    until(lambda: gone() is None)
    until(lambda: not threads() - before)


def test_a_client_whose_app_is_gone_says_so_and_leaves_its_runs_to_others(registry, tmp_path):
    def client():
        app = started(registry, NOVU_STORE_URL=f"sqlite:///{tmp_path}/novu.db")
        app.extensions["novu"].settings  # noqa: B018  # read now, from the app that will be gone
        return app.extensions["novu"]

    novu = client()
    [waiting] = novu.trigger("hello", "ada", wait=False).executions
    with pytest.raises(ReferenceError, match="Keep a reference to it"):
        novu.trigger("hello", "ada")
    novu.worker.run_due()
    assert novu.executions.get(waiting.execution_id).error is None
    novu.start_worker()
    until(lambda: not novu.worker.running)
    novu.close()


def test_an_environment_holds_the_app(registry):
    with NovuEnvironment(app=started(registry)) as env:
        assert env.trigger("hello", "ada").status == "completed"


@pytest.mark.mission("D0-8")
@pytest.mark.parametrize("route", ["health", "execute"])
def test_thousands_of_requests_leave_no_memory_behind(make_app, tmp_path, route):
    app = make_app(store_url=f"sqlite:///{tmp_path}/novu.db")
    client = app.test_client()

    def requests(count):
        for _ in range(count):
            if route == "health":
                assert client.get("/api/novu/health").status_code == 200
            else:
                assert client.post("/api/novu/workflows/hello/execute", json={"to": "ada"}).status_code == 200

    requests(500)
    gc.collect()
    tracemalloc.start()
    requests(750)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    requests(2_000)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 40_000  # less than 20 bytes for each
