"""What FastAPI's `serve` and router take, from whom they take the rest, and what they say of a mistake."""

from __future__ import annotations

import asyncio

import flask
import pytest

import flask_novu
from novu_core import Client, Settings
from novu_core.errors import ConfigurationError
from tests.conformance.frameworks.asgi import options, request

fastapi = pytest.importorskip("fastapi")

from novu_core.integrations import fastapi as integration  # noqa: E402  # after the skip


def test_what_the_app_sets_after_serve_counts(bell, monkeypatch):
    app = fastapi.FastAPI()
    novu = integration.serve(app, workflows=bell, **options())
    app.debug = True
    monkeypatch.setenv("NOVU_TIMEZONE", "Europe/Berlin")
    assert asyncio.run(request(app, "GET", "/api/novu/workflows")).status_code == 200
    assert novu.settings.timezone == "Europe/Berlin"
    novu.close()


def test_settings_may_be_a_mapping_of_names(bell):
    app = fastapi.FastAPI()
    novu = integration.serve(app, workflows=bell, settings={"NOVU_STORE_URL": "sqlite://", "NOVU_SECRET_KEY": "s"})
    assert novu.settings.secret_key == ("s",)
    novu.close()


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"settings": Settings(), "secret_key": "s"}, ConfigurationError, "not both"),
        ({"bogus": 1}, ConfigurationError, "Unknown setting 'bogus'"),
        ({"debug": True}, ConfigurationError, "Unknown setting 'debug'"),
        ({"url_prefix": "/q"}, TypeError, "`route`"),
        ({"route": "novu"}, ConfigurationError, "NOVU_URL_PREFIX"),
    ],
)
def test_serve_says_what_is_wrong_with_its_arguments(bell, given, error, told):
    for framework in (integration.serve, flask_novu.serve):
        if "settings" in given and framework is flask_novu.serve:
            continue
        app = fastapi.FastAPI() if framework is integration.serve else flask.Flask("app")
        with pytest.raises(error, match=told):
            framework(app, workflows=bell, **given)


def test_an_app_serves_once(bell):
    app = fastapi.FastAPI()
    novu = integration.serve(app, workflows=bell, **options())
    with pytest.raises(RuntimeError, match="once"):
        integration.serve(app, workflows=bell, **options())
    novu.close()


def test_a_router_that_is_not_meant_is_not_settled_by_the_triggers_of_others(bell):
    app = fastapi.FastAPI(debug=True)
    router = integration.NovuRouter([], **options())
    app.include_router(router)
    with Client({"NOVU_WORKER": "none"}, bell):
        pass
    other = Client({"NOVU_WORKER": "none"}, bell)
    assert bell["bell"].trigger("ada").status == "completed"
    assert asyncio.run(request(app, "GET", "/api/novu/workflows")).status_code == 200
    other.close()
    router.client.close()


@pytest.mark.parametrize(("title", "name"), [("Shop", "Shop"), ("FastAPI", None)])
@pytest.mark.parametrize("mount", ["serve", "router"])
def test_the_client_is_called_as_the_app(bell, title, name, mount):
    app = fastapi.FastAPI(title=title)
    if mount == "serve":
        client = integration.serve(app, workflows=bell, **options())
    else:
        router = integration.NovuRouter(bell, **options())
        app.include_router(router)
        client = router.client
        asyncio.run(request(app, "GET", "/api/novu/health"))
    assert client.engine.parts.name == client.name == name
    client.close()
