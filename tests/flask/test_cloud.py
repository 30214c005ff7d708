"""``NOVU_DISPATCH=cloud``: Novu keeps everything, so nothing here opens a store or starts a worker."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Registry
from novu_core.client.once import built


@pytest.fixture
def app(tmp_path):
    registry = Registry()

    @registry.workflow("w")
    def w(step):
        step.email("m", {"subject": "s", "body": "b"})

    app = Flask("cloud", instance_path=str(tmp_path / "instance"))
    app.config.update(NOVU_DISPATCH="cloud", NOVU_SECRET_KEY="k", NOVU_API_URL="http://127.0.0.1:9")
    Novu().init_app(app, workflows=registry)
    yield app
    app.extensions["novu"].close()
    assert [*(tmp_path / "instance").glob("*")] == []


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["list"], 0, "w         active  m"),
        (["list", "--json"], 0, '"status": "active"'),
        (["show", "w"], 0, "w: w (active)"),
        (["preview", "w", "m"], 0, "subject: s"),
        (["check"], 0, "no problem found"),
        (["check", "--open"], 0, "no problem found"),
        (["controls", "get", "w"], 1, "NOVU_DISPATCH=cloud"),
        (["executions", "list"], 1, "NOVU_DISPATCH=cloud"),
        (["executions", "retry", "x"], 1, "NOVU_DISPATCH=cloud"),
    ],
)
def test_no_command_opens_a_store(app, arguments, code, told):
    found = app.test_cli_runner().invoke(novu_cli, arguments)
    assert (found.exit_code, told in found.output) == (code, True), found.output


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/workflows", 200),
        ("GET", "/workflows/w", 200),
        ("GET", "/executions", 409),
        ("GET", "/executions/x", 409),
        ("POST", "/executions/x/retry", 409),
        ("POST", "/executions/x/cancel", 409),
        ("GET", "/workflows/w/controls", 409),
    ],
)
def test_no_request_opens_a_store(app, method, path, status):
    answer = app.test_client().open("/api/novu" + path, method=method, headers={"authorization": "ApiKey k"})
    assert answer.status_code == status
    assert not built(app.extensions["novu"], "worker")
