"""``flask novu prune``."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli


@pytest.fixture
def app():
    app = Flask(__name__)
    app.testing = True
    novu = Novu(app)

    @novu.workflow("welcome")
    def welcome(step):
        step.in_app("bell", {"body": "Welcome"})

    with app.app_context():
        welcome.trigger(to="ada")
    yield app
    app.extensions["novu"].close()


def run(app, *arguments):
    return app.test_cli_runner().invoke(novu_cli, ["prune", *arguments])


def test_it_counts_dry_and_deletes(app):
    dry = run(app, "--older-than", "0d", "--dry-run")
    assert dry.exit_code == 0
    assert dry.output.startswith("Would delete 1 run that ended before ")
    assert dry.output.endswith(": 1 completed, 0 failed.\n")
    assert run(app, "--older-than", "0d").output.startswith("Deleted 1 run that ended before ")
    found = json.loads(run(app, "--older-than", "0d", "--status", "completed", "--json").output)
    assert (found["runs"], found["dry_run"]) == ({"completed": 0}, False)


@pytest.mark.parametrize("arguments", [["--older-than", "soon"], ["--older-than", "1d", "--status", "running"], []])
def test_what_is_wrong_is_named(app, arguments):
    found = run(app, *arguments)
    assert found.exit_code in (1, 2)
    assert "such as 90d" in found.output or "'running'" in found.output or "--older-than" in found.output
