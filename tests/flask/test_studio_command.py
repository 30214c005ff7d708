"""``flask novu studio``: the address, and a link that opens a session once."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli

ON = {"studio": "on", "secret_key": "s"}


@pytest.fixture
def run(monkeypatch):
    made = []

    def run(*arguments, config=None, **settings):
        app = Flask("studio")
        app.config.update(config or {})
        monkeypatch.setenv("FLASK_DEBUG", str(int(settings.pop("debug", False))))  # the command reads it anew
        Novu(app, store_url="sqlite://", worker="none", workflows=[], **settings)
        made.append(app)
        return app, app.test_cli_runner().invoke(novu_cli, ["studio", *arguments])

    yield run
    for app in made:
        app.extensions["novu"].close()


def test_the_link_logs_in_once(run):
    app, answer = run("--json", **ON)
    told = json.loads(answer.output)
    assert (told["url"], told["on"]) == ("http://127.0.0.1:5000/api/novu/studio", True)
    address, _, code = told["login"].partition("#/login/")
    assert address == told["url"]
    client = app.test_client()
    for status in (200, 401):
        assert client.post("/api/novu/studio/session", json={"password": code}).status_code == status


@pytest.mark.parametrize(
    ("arguments", "settings", "lines"),
    [
        ([], {"debug": True}, ["http://127.0.0.1:5000/api/novu/studio"]),
        (
            [],
            {},
            [
                "http://127.0.0.1:5000/api/novu/studio",
                "The Studio is off here: set NOVU_STUDIO to on, or run in debug mode.",
            ],
        ),
        (["--url", "https://a.org/"], {"url_prefix": "/n", "debug": True}, ["https://a.org/n/studio"]),
        (
            [],
            {"public_url": "https://b.org", "studio": "on", "studio_password": "p"},
            ["https://b.org/api/novu/studio"],
        ),
        ([], {**ON, "studio_access": lambda: "all"}, ["http://127.0.0.1:5000/api/novu/studio"]),
        ([], {"debug": True, "config": {"SERVER_NAME": "c.org"}}, ["https://c.org/api/novu/studio"]),
    ],
)
def test_the_address(run, arguments, settings, lines):
    if "config" in settings:
        settings["config"]["PREFERRED_URL_SCHEME"] = "https"
    _, answer = run(*arguments, **settings)
    assert (answer.exit_code, answer.output.splitlines()) == (0, lines)


def test_it_says_how_to_log_in(run):
    _, answer = run(**ON)
    address, login = answer.output.splitlines()
    assert login.startswith(f"Log in once, within a minute: {address}#/login/")
