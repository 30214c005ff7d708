"""``manage.py novu`` says and ends as ``flask novu`` does."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import textwrap

import pytest
from django.core.management import CommandError, call_command
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Registry
from tests.conformance.bridge.fake_api import fake_api
from tests.conformance.django_project import Project as InProcess
from tests.conformance.django_project import override_settings, using


@pytest.fixture
def registry():
    registry = Registry()

    @registry.workflow("hello", name="Hello", tags=["t"])
    def hello(payload, step):
        schema = {"type": "object", "properties": {"mark": {"type": "string", "default": "!"}}}
        step.in_app(
            "inbox", lambda controls: {"body": f"hi {payload['name']}{controls['mark']}"}, control_schema=schema
        )

    @registry.workflow("fragile")
    def fragile(step):
        step.custom("breaks", lambda: 1 / 0)

    @registry.workflow("empty")
    def empty(step):
        pass

    return registry


@pytest.fixture
def both(registry):
    """Run a command under each framework; what it printed, without ids and times, and its exit code."""
    given = {"store_url": "sqlite://", "worker": "none", "secret_key": "key"}
    app = Flask("commands")
    app.debug = True
    Novu().init_app(app, workflows=registry, **given)
    project = InProcess(registry, debug=True, **given)

    def run(*arguments):
        found = app.test_cli_runner().invoke(novu_cli, [part.format(id=run.ids[0]) for part in arguments])
        output, code = io.StringIO(), 0
        with using(project.client):
            try:
                call_command("novu", *(part.format(id=run.ids[1]) for part in arguments), stdout=output)
            except CommandError as error:
                code, run.error = error.returncode, str(error)
            except SystemExit as error:
                code = error.code
        run.ids = [(re.findall(r"[0-9a-f-]{36}", text) or [""])[0] for text in (found.stdout, output.getvalue())]
        return (plain(found.stdout), found.exit_code), (plain(output.getvalue()), code)

    run.ids, run.error = ["", ""], ""
    yield run
    app.extensions["novu"].close()
    project.client.close()


def plain(text):
    text = text.replace("`manage.py novu ", "`novu ")  # each names the command as it was typed
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[0-9:.]+(\+00:00)?|[0-9a-f]{32}|\d+ ms", "X", text)


COMMANDS = [
    ["list"], ["show", "hello"], ["preview", "hello", "inbox", "--payload", '{{"name": "P"}}', "--controls", '{{"mark": "?"}}'],
    ["trigger", "hello", "--to", "ada", "--payload", '{{"name": "Ada"}}'], ["executions", "show", "{id}"],
    ["trigger", "hello", "--to", '["a", "b"]', "--payload", '{{"name": "Ada"}}'], ["executions", "list", "--limit", "2"],
    ["trigger", "fragile", "--to", "ada", "--no-wait"], ["executions", "cancel", "{id}"],
    ["trigger", "fragile", "--to", "ada"], ["executions", "retry", "{id}"], ["executions", "show", "none"],
    ["controls", "set", "hello", "inbox", "--values", '{{"mark": "."}}'], ["controls", "get", "hello", "inbox"],
    ["subscribers", "set", "cy", "--values", '{{"email": "c@d.e"}}'], ["subscribers", "show", "cy"], ["topics", "subscribe", "t", "cy"],
    ["topics", "members", "t"], ["topics", "unsubscribe", "t", "cy", "none"], ["preferences", "show", "cy"],
    ["preferences", "set", "cy", "--values", '{{"all": {{"enabled": false}}}}'], ["subscribers", "delete", "cy"], ["topics", "list"],
    ["controls", "set", "hello", "--values", "{{"], ["check"], ["show", "nobody"], ["trigger", "hello"], ["show", "--nope"],
    ["sync"],
]  # fmt: skip


@pytest.mark.parametrize("as_json", [False, True])
def test_output_and_exit_codes_are_those_of_flask_novu(both, as_json):
    for command in COMMANDS:
        if command[-1] == "{id}" and not both.ids[0]:
            both("executions", "list", "--json", "--limit", "1")
        flask, django = both(*command, *["--json"] * as_json)
        assert flask == django, command
        assert flask[0] or flask[1], command


def test_help_and_a_failed_run(both):
    assert both("--help")[1] == both()[1]
    assert "--to TEXT" in both("trigger", "--help")[1][0]
    failed, code = both("trigger", "fragile", "--to", "ada", "--json")[1]
    assert (json.loads(failed)["status"], code) == ("failed", 1)


def test_wrong_usage_is_2_and_says_how(both):
    assert both("trigger", "hello")[1] == ("", 2)
    assert both.error == "Missing option '--to'.\nUsage: manage.py novu trigger [OPTIONS] WORKFLOW_ID"
    assert both("executions")[1] == ("", 2)
    assert both.error.startswith("Name a command.\nUsage: manage.py novu executions [OPTIONS] COMMAND")
    assert both("show", "nobody")[1] == ("", 1)
    assert both.error == "Workflow with id: `nobody` does not exist. Please provide a valid id."


def test_sync_names_the_address_with_its_slash(both):
    with fake_api() as url, override_settings(ALLOWED_HOSTS=["shop.example.org"]):
        _, (output, code) = both("sync", "--api-url", url, "--json")
    assert code == 0
    assert json.loads(output)["_seen"]["body"] == {"bridgeUrl": "https://shop.example.org/api/novu/"}
    with override_settings(ALLOWED_HOSTS=["*", ".example.org"]):
        assert both("sync")[1] == ("", 2)
    assert both.error.startswith("Pass --bridge-url, or name one host in ALLOWED_HOSTS.")
    with override_settings(ALLOWED_HOSTS=["shop.example.org"], ROOT_URLCONF="django.conf.urls.i18n"):
        assert both("sync")[1] == ("", 2)
    assert "no URLconf includes novu_core.integrations.django.urls" in both.error


def test_at_the_terminal_it_feels_like_djangos(project):
    helped = project.manage("novu", "--help").stdout
    assert helped == project.manage("help", "novu").stdout
    assert helped.startswith("Usage: manage.py novu [OPTIONS] COMMAND")
    wrong = project.manage("novu", "trigger", "hello", code=2).stderr
    assert wrong.startswith("CommandError: Missing option '--to'.\nUsage: manage.py novu trigger")
    assert "Traceback" in project.manage("novu", "show", "nobody", "--traceback", code=1).stderr


def test_djangos_own_options_may_stand_anywhere(project):
    (project.folder / "config" / "other.py").write_text("from config.settings import *\nNOVU_WORKFLOWS = None\n")
    for arguments in (
        ["--settings=config.other", "list", "--json"],
        ["list", "--settings", "config.other", "-v", "0", "--json", "--no-color"],
    ):
        found = json.loads(project.manage("novu", *arguments).stdout)
        assert [row["workflow_id"] for row in found] == ["ordered", "ordered-async"]


def worker(project):
    return subprocess.Popen(
        [sys.executable, "manage.py", "novu", "worker", "--json"],
        cwd=project.folder, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_the_worker_command_runs_what_is_due_until_it_is_asked_to_stop(migrated):
    payload = ["--payload", '{"name": "Ada"}', "--no-wait"]
    made = json.loads(migrated.manage("novu", "trigger", "hello", "--to", "ada", *payload, "--json").stdout)
    process = worker(migrated)
    try:
        while json.loads(process.stdout.readline()) != {"finished": 1, "active": 0}:
            pass
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 0
        assert "Working on 5 workflows, 4 runs at a time." in errors
    finally:
        process.kill()
        process.wait()
    shown = json.loads(migrated.manage("novu", "executions", "show", made["execution_id"], "--json").stdout)
    assert shown["status"] == "completed"


def test_the_worker_command_ends_where_a_run_hangs(migrated):
    migrated.append("config/settings.py", "NOVU_GRACE_SECONDS = 0.5")
    hangs = """
        import threading

        @workflow("hangs")
        def hangs(step):
            step.custom("c", lambda: threading.Event().wait())
    """
    migrated.append("shop/notifications.py", textwrap.dedent(hangs))
    made = json.loads(migrated.manage("novu", "trigger", "hangs", "--to", "ada", "--no-wait", "--json").stdout)
    process = worker(migrated)
    try:
        while json.loads(process.stdout.readline()) != {"finished": 0, "active": 1}:
            pass
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0
        assert f"Not ended within 0.5 seconds, so taken over when their leases expire: {made['execution_id']}" in errors
    finally:
        process.kill()
        process.wait()
