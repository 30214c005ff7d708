"""OpenTelemetry in a Flask app: below the request's span, through the worker's threads; and whom instrument() means."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from flask import Flask, current_app
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.trace import TracerProvider

from flask_novu import Novu
from novu_core import Client
from novu_core.engine.watching import Watch
from novu_core.integrations.opentelemetry import instrument
from novu_core.integrations.opentelemetry.tracing import Tracing
from novu_core.living import made
from novu_core.testing import NovuEnvironment
from tests.processes import until


@pytest.fixture
def undo():
    ends = []
    yield ends.append
    for end in ends:
        end()


def traced(client):
    return isinstance(client.events.watch, Tracing)


@pytest.mark.parametrize("wait", [True, False])
def test_below_the_requests_span_and_on_in_the_workers_thread(
    registry, exporter, tracer_provider, undo, tmp_path, wait
):
    novu = Novu()

    @novu.workflow("order")
    def order(step):
        step.custom("thread", lambda: {"name": threading.current_thread().name})

    app = Flask("shop")
    novu.init_app(app, workflows=registry, store_url=f"sqlite:///{tmp_path}/novu.db", worker="none")
    undo(instrument(novu, tracer_provider=tracer_provider))
    FlaskInstrumentor().instrument_app(app, tracer_provider=tracer_provider)

    @app.get("/buy/<int:number>")
    def buy(number):
        return order.trigger(to="ada", wait=wait).execution_id

    client = app.extensions["novu"]
    execution_id = app.test_client().get("/buy/7").text
    if not wait:
        client.start_worker()
        until(lambda: "run order" in {span.name for span in exporter.get_finished_spans()}, seconds=30)
    assert client.executions.get(execution_id).status == "completed"
    client.close()
    spans = {span.name: span for span in exporter.get_finished_spans()}
    chain = ["GET /buy/<int:number>", "trigger order", "run order", "custom thread"]
    assert sorted(spans) == sorted(chain)
    assert [spans[name].parent.span_id for name in chain[1:]] == [spans[name].context.span_id for name in chain[:-1]]


def test_an_extension_means_its_apps_whenever_they_are_made(registry, undo):
    novu, other, before, after, another = Novu(), Novu(), Flask("before"), Flask("after"), Flask("another")
    novu.init_app(before, workflows=registry)
    undo(instrument(novu))
    novu.init_app(after, workflows=registry)
    other.init_app(another, workflows=registry)
    assert [traced(app.extensions["novu"]) for app in (before, after, another)] == [True, True, False]


def test_an_app_and_a_client_mean_themselves(registry, undo):
    novu, one, two = Novu(), Flask("one"), Flask("two")
    novu.init_app(one, workflows=registry)
    novu.init_app(two, workflows=registry)
    undo(instrument(one))
    assert [traced(app.extensions["novu"]) for app in (one, two)] == [True, False]
    undo(instrument(two.extensions["novu"]))
    assert traced(two.extensions["novu"])


def test_nobody_means_all_clients_also_later_ones_until_it_is_ended(registry, undo):
    settings = {"store_url": "sqlite://", "worker": "none"}
    with Client(settings, registry) as before:
        end = instrument()
        undo(end)
        with Client(settings, registry) as after:
            assert traced(before)
            assert traced(after)
            watch = before.events.watch
            undo(instrument(before))
            assert before.events.watch is watch
            assert len(before.events.listeners) == 1
            end()
            assert type(before.events.watch) is type(after.events.watch) is Watch
            assert before.events.listeners == []
    with Client(settings, registry) as later:
        assert not traced(later)


def test_nothing_is_built_by_it(undo):
    app = Flask("late")
    Novu(app, studio="no such word")
    undo(instrument(app))
    assert "engine" not in vars(app.extensions["novu"])


def test_an_environment_of_an_app_is_traced_once(make_app, registry, exporter, tracer_provider, undo):
    @registry.workflow("order")
    def order(step):
        step.in_app("bell", {"body": "b"})

    app = make_app()
    undo(instrument(tracer_provider=tracer_provider))
    with NovuEnvironment(app=app):
        order.trigger(to="ada")
    assert [span.name for span in exporter.get_finished_spans()] == ["in_app bell", "run order", "trigger order"]


@pytest.mark.parametrize(
    "named",
    [
        lambda app, novu: app,
        lambda app, novu: novu,
        lambda app, novu: app.extensions["novu"],
        lambda app, novu: current_app,
    ],
    ids=["app", "extension", "client", "proxy"],
)
def test_what_is_instrumented_goes_away_with_what_it_is_instrumented_by(registry, named):
    gc.collect()  # what earlier tests left
    before, app, tracer_provider = list(made), Flask("gone"), TracerProvider(shutdown_on_exit=False)
    novu = Novu(app, workflows=registry, worker="none")
    with app.app_context():
        end = instrument(named(app, novu), tracer_provider=tracer_provider)
    assert traced(app.extensions["novu"])
    gone = [weakref.ref(found) for found in (app, app.extensions["novu"], novu)]
    del app, novu
    gc.collect()
    assert [found() for found in gone] == [None] * 3
    assert made == before
    end()
    gone = [weakref.ref(tracer_provider)]
    del end, tracer_provider
    gc.collect()
    assert gone[0]() is None


def test_an_extension_that_nobody_holds_leaves_its_app_traced(registry):
    app = Flask("kept")
    end = instrument(novu := Novu(app, workflows=registry))
    del novu
    gc.collect()
    assert traced(app.extensions["novu"])
    end()
    assert not traced(app.extensions["novu"])
