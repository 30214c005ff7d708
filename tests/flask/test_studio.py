"""Where the Studio is: the log says so once, while debugging."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from flask_novu import Novu


def asked(caplog, *, config=None, debug=True, base="http://localhost:5000/shop/"):
    app = Flask("told")
    app.debug = debug
    app.config.update(config or {})
    app.add_url_rule("/", "home", lambda: "Hello")
    app.config.setdefault("NOVU_STORE_URL", "sqlite://")
    Novu(app, worker="none")
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            assert app.test_client().get("/", base_url=base).status_code == 200
    return [record.getMessage() for record in caplog.records if "Studio" in record.getMessage()]


def test_the_log_names_its_address_once(caplog):
    assert asked(caplog) == ["The Studio: http://localhost:5000/shop/api/novu/studio"]


@pytest.mark.parametrize(
    "given",
    [{"debug": False}, {"config": {"NOVU_STUDIO": "off"}}, {"config": {"NOVU_STORE_URL": "nothing://"}}],
    ids=["not while debugging", "off", "settings that are refused"],
)
def test_otherwise_it_does_not(caplog, given):
    assert asked(caplog, **given) == []
