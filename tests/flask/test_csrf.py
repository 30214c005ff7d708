"""Beside Flask-WTF's CSRFProtect the routes here answer, and the app's own stay protected."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask_wtf import CSRFProtect

from flask_novu import Novu, serve
from tests.flask.conftest import execute


@pytest.fixture
def make(registry):
    apps = []

    def make(*order, csrf=None, name="guarded"):
        app = Flask(name)
        app.config.update(TESTING=True, SECRET_KEY="s", NOVU_WORKER="none")
        steps = {
            "csrf": lambda: (csrf or CSRFProtect()).init_app(app),
            "novu": lambda: Novu().init_app(app, workflows=registry),
            "serve": lambda: serve(app, "/bells", workflows=registry),
        }
        for step in order:
            steps[step]()
        app.add_url_rule("/own", "own", lambda: "own", methods=["POST"])
        apps.append(app)
        return app

    yield make
    for app in apps:
        app.extensions["novu"].close()


@pytest.mark.parametrize("order", [("csrf", "novu"), ("novu", "csrf"), ("csrf", "serve"), ("serve", "csrf")])
def test_the_routes_answer_and_the_apps_own_stay_protected(make, caplog, order):
    caplog.set_level(logging.DEBUG, logger="flask_novu.csrf")
    app, prefix = make(*order), "/bells" if "serve" in order else "/api/novu"
    for _ in range(2):
        assert execute(app, prefix=prefix).status_code == 200
        assert app.test_client().post("/own").status_code == 400
    assert app.test_client().delete(f"{prefix}/triggers/t").status_code == 200
    assert "The blueprint novu of guarded is exempt from CSRFProtect" in caplog.text


def test_the_very_first_request_may_be_any(make):
    app = make("novu", "csrf")
    assert app.test_client().post("/own").status_code == 400
    assert execute(app).status_code == 200


def test_one_csrfprotect_of_two_apps_exempts_both(make):
    csrf = CSRFProtect()
    apps = [make("csrf", "novu", csrf=csrf, name="a"), make("novu", "csrf", csrf=csrf, name="b")]
    assert [execute(app).status_code for app in apps] == [200, 200]


def test_an_app_without_it_or_with_another_extension_of_that_name_is_left_alone(make, caplog):
    caplog.set_level(logging.DEBUG, logger="flask_novu.csrf")
    app = make("novu")
    app.extensions["csrf"] = object()
    assert execute(app).status_code == 200
    assert "CSRFProtect" not in caplog.text
