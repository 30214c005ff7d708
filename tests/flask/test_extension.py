"""The extension keeps to itself: apps apart, settings late, nothing of the app's own changed."""

from __future__ import annotations

import gc
import sys
import threading
import tracemalloc
import types
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, current_app, g, jsonify

from flask_novu import Novu, current_novu, serve, signals
from flask_novu.cli import novu_cli
from novu_core import Client, Registry, default_registry, settings
from novu_core.errors import ConfigurationError
from novu_core.settings import Settings
from novu_core.testing import NovuEnvironment


@pytest.fixture
def registry():
    registry = Registry()

    @registry.workflow("hello")
    def hello(payload, step):
        step.in_app("inbox", lambda: {"body": f"hello from {current_app.name}"})

    return registry


@pytest.fixture
def make_app(registry):
    apps = []

    def make(name="app", **settings):
        app = Flask(name)
        app.testing = True
        Novu().init_app(app, workflows=registry, worker="none", **settings)
        apps.append(app)
        return app

    yield make
    for app in apps:
        app.extensions["novu"].close()


def execute(app, workflow="hello", prefix="/api/novu", **body):
    return app.test_client().post(f"{prefix}/workflows/{workflow}/execute", json={"to": "ada", **body})


@pytest.mark.mission("F-E3")
@pytest.mark.mission("F-E2")
def test_two_apps_in_one_process_stay_apart(make_app):
    one, two = make_app("one"), make_app("two")
    assert execute(one).json["step_results"]["inbox"]["body"] == "hello from one"
    assert execute(two).json["step_results"]["inbox"]["body"] == "hello from two"
    assert len(one.extensions["novu"].executions.list()) == 1


def test_two_apps_on_one_store_claim_only_their_own_workflows(tmp_path, registry):
    other = Registry()

    @other.workflow("other")
    def other_workflow(step):
        step.in_app("inbox", {"body": "b"})

    url = f"sqlite:///{tmp_path}/novu.db"
    with (
        Client(Settings(store_url=url, worker="none"), registry) as mine,
        Client(Settings(store_url=url, worker="none"), other) as theirs,
    ):
        waiting = theirs.trigger("other", to="ada", wait=False)
        assert mine.worker.run_due() == 0
        assert theirs.worker.run_due() == 1
        assert mine.executions.get(waiting.execution_id).status == "completed"


@pytest.mark.mission("F-FR-001")
def test_settings_count_as_they_stand_at_the_first_use(registry):
    app = Flask("late")
    Novu().init_app(app, workflows=registry)
    app.config.update(TESTING=True, NOVU_SECRET_KEY="later", NOVU_WORKER="none", NOVU_LEASE_SECONDS=7)
    client = app.extensions["novu"]
    assert client.settings.secret_key == ("later",)
    assert client.settings.lease_seconds == 7
    assert not client.settings.strict
    assert client.engine.parts.store.database.memory
    client.close()


LAYERS = {  # setting: (environment, configuration, argument), each as written there
    "url_prefix": ("/environment", "/configuration", "/argument"),
    "secret_key": ("environment", "configuration", ["argument", "older"]),
    "strict_authentication": ("false", True, False),
    "api_url": ("https://environment", "https://configuration", "https://argument"),
    "dispatch": ("cloud", "embedded", "cloud"),
    "store_url": ("sqlite:///environment.db", "sqlite:///configuration.db", "sqlite://"),
    "workflows": ("environment", "configuration", "argument"),
    "delivery": ('{"sms": "console://"}', {"email": "console://"}, {"push": "console://"}),
    "worker": ("none", "thread", "none"),
    "wait": ("false", True, False),
    "retry": ('{"attempts": 2}', {"attempts": 3}, {"attempts": 5}),
    "timezone": ("Europe/Berlin", "Europe/Paris", "Europe/Rome"),
    "lease_seconds": ("11", 12, 13),
    "cors_origins": ("https://environment", "https://configuration", ["https://argument"]),
    "cors": ('{"max_age": 1}', {"max_age": 2}, {"max_age": 3}),
    "max_body_bytes": ("100", 200, 300),
    "expose_errors": ("true", False, True),
}


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - {"debug", "testing"}))
def test_argument_over_config_over_environment_over_default(name, monkeypatch):
    environment, configuration, argument = LAYERS[name]

    def setting(config=None, **arguments):
        app = Flask("layers")
        app.config.update(TESTING=True, **{f"NOVU_{name.upper()}": config} if config is not None else {})
        Novu().init_app(app, **arguments)
        if name == "url_prefix":  # the only one that counts at once: a blueprint is mounted under it
            return next(rule.rule for rule in app.url_map.iter_rules() if rule.endpoint == "novu.health")
        if name == "workflows":  # an argument need not become a setting
            return list(app.extensions["novu"].workflows)
        return getattr(app.extensions["novu"].settings, name)

    def same(found, written):
        if name == "url_prefix":
            return found.startswith(written)
        if name == "workflows":
            return found == [written]
        return found == getattr(Settings.load(read({f"NOVU_{name.upper()}": written}, written)), name)

    def read(mapping, written):
        return settings.environment(mapping) if written is environment else mapping

    for module in LAYERS["workflows"]:
        made = types.ModuleType(module)
        made.workflow = Registry().workflow(module)(lambda step: None)
        monkeypatch.setitem(sys.modules, module, made)
    default = Settings.model_fields[name].get_default(call_default_factory=True)
    assert same(setting(), default) or name == "workflows"  # the default registry has no name
    monkeypatch.setenv(f"NOVU_{name.upper()}", environment)
    assert same(setting(), environment)
    assert same(setting(configuration), configuration)
    assert same(setting(configuration, **{name: argument}), argument)


def test_every_setting_is_documented_and_visible(make_app):
    app = make_app()
    for name in set(Settings.model_fields) - {"debug", "testing"}:
        key = f"NOVU_{name.upper()}"
        assert f"``{key}``" in (Novu.init_app.__doc__ or "")
        assert key in app.config


@pytest.mark.mission("F-E1")
def test_the_apps_own_routes_hooks_and_error_pages_are_unchanged(registry):
    app = Flask("own")
    app.testing = True
    seen = []
    app.before_request(lambda: seen.append("before"))
    app.register_error_handler(404, lambda error: ("own 404", 404))
    app.register_error_handler(500, lambda error: ("own 500", 500))
    app.add_url_rule("/mine", view_func=lambda: jsonify(ok=True))
    app.config["MAX_CONTENT_LENGTH"] = 10
    Novu().init_app(app, workflows=registry, worker="none")
    client = app.test_client()

    assert client.get("/mine").json == {"ok": True}
    assert client.get("/nowhere").data == b"own 404"
    assert client.get("/api/novus").data == b"own 404"
    assert client.get("/api/novu/unknown").json["error_type"] == "PathNotFoundError"
    assert client.get("/api/novu/executions/none").json["error_type"] == "ExecutionNotFoundError"
    assert execute(app).status_code == 200
    assert "before" in seen
    app.extensions["novu"].close()


def test_a_prefix_of_ones_own_and_serve(registry):
    app = Flask("prefix")
    app.testing = True
    client = serve(app, route="/notifications/", workflows=registry, worker="none")
    assert execute(app, prefix="/notifications").status_code == 200
    assert client is app.extensions["novu"]
    client.close()


def test_a_second_init_app_and_a_missing_one_tell_the_fix(make_app):
    app = make_app()
    with pytest.raises(RuntimeError, match="once"):
        Novu(app)
    bare = Flask("bare")
    with bare.app_context(), pytest.raises(RuntimeError, match="init_app"):
        current_novu.trigger("hello", to="ada")


@pytest.mark.mission("F-FR-005")
@pytest.mark.mission("D0-3")
def test_the_extensions_own_workflows_and_the_mapping(registry):
    novu, app = Novu(), Flask("decorated")
    app.testing = True

    @novu.workflow("mine")
    def mine(step):
        step.in_app("inbox", {"body": "b"})

    novu.init_app(app, workflows=registry, worker="none")
    found = app.extensions["novu"].workflows
    assert list(found) == ["hello", "mine"]
    assert found["mine"] is mine
    assert "mine" not in default_registry
    with app.app_context():
        assert mine.trigger(to="ada").status == "completed"
        assert current_novu.inbox("ada").count() == 1
    app.extensions["novu"].close()


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


def test_signals_are_sent_with_the_app_as_sender(make_app):
    app, seen = make_app(), []

    def receive(sender, **extra):
        seen.append((sender.name, extra["execution_id"]))

    with signals.execution_completed.connected_to(receive, sender=app):
        body = execute(app).json
    execute(app)
    assert seen == [("app", body["execution_id"])]


def test_the_environment_takes_over_an_app_and_gives_it_back(make_app):
    app = make_app()
    mine = app.extensions["novu"]
    with NovuEnvironment(app=app) as env:
        assert execute(app).json["step_results"]["inbox"]["body"] == "hello from app"
        assert len(env.outbox.in_app) == 1
    assert app.extensions["novu"] is mine
    assert len(mine.executions.list()) == 0


def test_an_app_that_nobody_holds_is_collected(registry):
    app = Flask("gone")
    app.testing = True
    Novu(app, workflows=registry, worker="none")
    assert execute(app).status_code == 200
    app.extensions["novu"].close()
    gone = weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None


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


@pytest.mark.mission("D0-8")
@pytest.mark.parametrize("route", ["health", "execute"])
def test_ten_thousand_requests_leave_no_memory_behind(make_app, tmp_path, route):
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
    requests(250)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    requests(9_250)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000


def test_a_setting_that_does_not_exist_is_refused_by_name(registry):
    with pytest.raises(ConfigurationError, match=r"Unknown setting 'dellivery'; did you mean NOVU_DELIVERY."):
        Novu(Flask("x"), dellivery={})
    with pytest.raises(ConfigurationError, match="Unknown setting"):
        serve(Flask("y"), workflows=registry, storeurl="sqlite://")


def test_an_environment_that_can_not_be_read_is_one_line_at_the_first_use(registry, monkeypatch):
    monkeypatch.setenv("NOVU_DELIVERY", "{email: x}")
    app = Flask("unreadable")
    Novu(app, workflows=registry)
    result = app.test_cli_runner().invoke(novu_cli, ["check"])
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "NOVU_DELIVERY looks like JSON" in result.output
