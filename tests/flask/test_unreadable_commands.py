"""What cannot be read, at the command line."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Registry
from tests.damage import damage


@pytest.fixture
def novu(tmp_path):
    registry = Registry()

    @registry.workflow("bell")
    def bell(step):
        step.in_app("ring", {"body": "b"})
        step.delay("pause", {"amount": 1, "unit": "hours"})

    @registry.workflow("other")
    def other(step):
        step.in_app("ring", {"body": "b"})

    app = Flask("unreadable")
    app.testing = True
    Novu().init_app(app, workflows=registry, store_url=f"sqlite:///{tmp_path}/n.db", worker="none")
    yield app
    app.extensions["novu"].close()


@pytest.fixture
def run(novu):
    def run(*arguments):
        result = novu.test_cli_runner().invoke(novu_cli, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("executions", "request", "{"),
        ("executions", "created_at", 10**18),
        ("executions", "request", b"\xff"),
        ("steps", "result", "{"),
        ("steps", "attempts", "{}"),
        ("steps", "type", "pigeon"),
    ],
)
def test_a_run_is_listed_shown_and_found_by_the_check(novu, run, table, column, value):
    client = novu.extensions["novu"]
    ids = [client.trigger("bell", name).execution_id for name in ("ann", "bob")]
    where = {"step_id": "ring"} if table == "steps" else {}
    damage(client, table, column, value, execution_id=ids[0], **where)
    listed = run("executions", "list").output
    assert all(execution_id in listed for execution_id in ids)
    assert f"Execution {ids[0]} cannot be read: " in listed
    assert f"Execution {ids[1]} cannot be read: " not in listed
    found = {item["execution_id"]: item for item in json.loads(run("executions", "list", "--json").stdout)["items"]}
    assert f"`{column}`" in found[ids[0]]["unreadable"]
    shown = run("executions", "show", ids[0])
    assert shown.exit_code == 0
    assert "error: UnreadableRowError" in shown.output
    assert ("ring: cannot be read" in shown.output) == (table == "steps")
    check = run("check", "--open")
    assert check.exit_code == 1
    assert f"{ids[0]}" in check.output
    assert f"`{column}`" in check.output
    assert ids[1] not in check.output


@pytest.mark.parametrize("status", ["sleeping", "retired", "Active"])
def test_a_workflows_status_hides_no_other(novu, run, status):
    client = novu.extensions["novu"]
    client.workflows.archive("bell")
    damage(client, "workflows", "status", status, workflow_id="bell")
    rows = {row["workflow_id"]: row for row in json.loads(run("list", "--json").stdout)}
    assert (rows["bell"]["status"], rows["other"]["status"]) == ("unreadable", "active")
    assert f"`{status}`" in rows["bell"]["problem"]
    assert f"`{status}`" in run("list").output
    refused = run("trigger", "bell", "--to", "ann")
    assert refused.exit_code == 1
    assert "workflow `bell`" in refused.output
    check = run("check")
    assert check.exit_code == 1
    assert f"`{status}`" in check.output
