from __future__ import annotations

import json
import subprocess
import sys

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Registry


@pytest.fixture
def run():
    registry, app = Registry(), Flask("cli")
    app.debug = True
    app.config["NOVU_SECRET_KEY"] = "s"

    @registry.workflow("hello", name="Hello")
    def hello(payload, step):
        schema = {"type": "object", "properties": {"mark": {"type": "string", "default": "!"}}}
        step.in_app(
            "inbox", lambda controls: {"body": f"hi {payload['name']}{controls['mark']}"}, control_schema=schema
        )

    @registry.workflow("fragile")
    def fragile(step):
        step.custom("breaks", lambda: 1 / 0)

    Novu().init_app(app, workflows=registry, store_url="sqlite://", worker="none")
    runner = app.test_cli_runner()

    def run(*arguments):
        result = runner.invoke(novu_cli, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    run.app = app
    yield run
    app.extensions["novu"].close()


def test_list_and_show(run):
    assert "hello" in run("list").output
    assert json.loads(run("list", "--json").output)[0] == {
        "workflow_id": "hello",
        "status": "active",
        "steps": ["inbox"],
    }
    assert "inbox" in run("show", "hello").output
    assert json.loads(run("show", "hello", "--json").output)["steps"][0]["controls"] == ["mark"]


def test_trigger_then_history(run):
    done = json.loads(run("trigger", "hello", "--to", "ada", "--payload", '{"name": "Ada"}', "--json").output)
    assert done["step_results"]["inbox"]["body"] == "hi Ada!"
    assert done["execution_id"] in run("executions", "list").output
    assert "delivered" in run("executions", "show", done["execution_id"]).output
    refused = run("executions", "cancel", done["execution_id"])
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ")


def test_a_failed_run_is_exit_code_1_and_can_be_retried(run):
    failed = run("trigger", "fragile", "--to", "ada", "--json")
    assert failed.exit_code == 1
    again = run("executions", "retry", json.loads(failed.output)["execution_id"])
    assert again.exit_code == 1
    assert "ZeroDivisionError" in again.output


def test_preview_renders_without_a_trace(run):
    answer = run("preview", "hello", "inbox", "--payload", '{"name": "P"}', "--controls", '{"mark": "?"}', "--json")
    assert json.loads(answer.output)["output"] == {"body": "hi P?"}
    assert json.loads(run("executions", "list", "--json").output)["items"] == []
    assert run("preview", "hello", "none").exit_code == 1


def test_controls_are_set_and_read(run):
    assert run("controls", "set", "hello", "inbox", "--values", '{"mark": "."}').exit_code == 0
    assert json.loads(run("controls", "get", "hello", "inbox", "--json").output)["values"] == {"mark": "."}
    assert run("controls", "set", "hello", "inbox", "--values", '{"other": 1}').exit_code == 1


def test_check_reports_what_would_go_wrong(run):
    @run.app.extensions["novu"].registry.workflow("empty")
    def empty(step):
        pass

    found = run("check", "--json")
    assert found.exit_code == 1
    untyped, stepless = json.loads(found.output)
    assert untyped["where"] == "hello"
    assert untyped["problem"].startswith("has no payload schema")
    assert stepless == {"where": "empty", "problem": "has no steps"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("trigger", "hello"),
        ("trigger", "hello", "--to", "a", "--payload", "{"),
        ("trigger", "hello", "--to", "{"),
        ("sync",),
    ],
)
def test_wrong_usage_is_exit_code_2(run, arguments):
    assert run(*arguments).exit_code == 2


def test_an_unknown_workflow_is_one_line_and_exit_code_1(run):
    result = run("trigger", "nobody", "--to", "ada")
    assert result.exit_code == 1
    assert result.output.strip().splitlines() == [
        "Error: Workflow with id: `nobody` does not exist. Please provide a valid id."
    ]


def test_sync_registers_the_bridge(run):
    from tests.conformance.bridge.fake_api import fake_api

    run.app.config["NOVU_SECRET_KEY"] = "key"
    with fake_api() as url:
        answer = run("sync", "--bridge-url", "https://app.example.org/api/novu", "--api-url", url, "--json")
    seen = json.loads(answer.output)["_seen"]
    assert seen["url"] == "/v1/bridge/sync?source=cli"
    assert seen["body"] == {"bridgeUrl": "https://app.example.org/api/novu"}
    assert seen["headers"]["authorization"] == "ApiKey key"


def test_the_entry_point_gives_every_flask_app_the_commands(tmp_path):
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n", "utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "flask", "novu", "list"], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 1
    assert "init_app" in result.stderr


def test_a_command_that_ends_at_once_starts_no_worker_and_takes_no_other_run(tmp_path):
    registry, app = Registry(), Flask("oneshot")

    @registry.workflow("mail")
    def mail(step):
        step.email("letter", {"subject": "s", "body": "b"})

    @registry.workflow("bell")
    def bell(step):
        step.in_app("inbox", {"body": "b"})

    Novu().init_app(app, workflows=registry, store_url=f"sqlite:///{tmp_path}/novu.db")
    runner, novu = app.test_cli_runner(), app.extensions["novu"]
    to = '{"subscriberId": "ada", "email": "ada@example.org"}'
    for _ in range(3):
        assert runner.invoke(novu_cli, ["trigger", "mail", "--no-wait", "--to", to]).exit_code == 0
    assert runner.invoke(novu_cli, ["trigger", "bell", "--to", "bob"]).exit_code == 0
    assert not novu.worker.running
    assert {run.status for run in novu.executions.list(workflow_id="mail")} == {"pending"}
    novu.close()


def test_a_waiting_run_tells_until_when_and_a_failed_step_why(tmp_path):
    registry, app = Registry(), Flask("shown")
    app.debug = True
    app.config["NOVU_SECRET_KEY"] = "s"

    @registry.workflow("slow")
    def slow(step):
        step.sms("text", lambda: {"body": 5})
        step.delay("pause", {"amount": 1, "unit": "days"})

    Novu().init_app(app, workflows=registry, store_url="sqlite://", worker="none")
    to = '{"subscriberId": "ada", "phone": "+15550100"}'
    shown = app.test_cli_runner().invoke(novu_cli, ["trigger", "slow", "--to", to]).output
    assert "running (delay until 20" in shown
    assert "text: OutputInvalidError" in shown
    assert "/body: must be string" in shown
    app.extensions["novu"].close()


def test_a_preview_of_the_readmes_mail_makes_up_its_events(run):
    @run.app.extensions["novu"].registry.workflow("comment-on-post")
    def comment_on_post(payload, step):
        step.in_app("new-comment", {"body": f"New comment: {payload['text']}"})
        batch = step.digest("collect", {"amount": 10, "unit": "seconds"})
        step.email(
            "summary",
            lambda: {
                "subject": f"{batch.event_count} new comments",
                "body": " ".join(event["payload"]["text"] for event in batch.events),
            },
        )

    shown = run("preview", "comment-on-post", "summary", "--payload", '{"text": "hi"}')
    assert shown.output.splitlines() == ["subject: 3 new comments", "body: hi hi hi"]
    for step_id in ("new-comment", "summary"):
        missing = run("preview", "comment-on-post", step_id)
        assert missing.exit_code == 1
        assert missing.output.startswith("Error: KeyError: 'text' (")
        assert len(missing.output.splitlines()) == 1


@pytest.mark.parametrize("where", ["body", "resolver"])
@pytest.mark.parametrize("text", ["two\nlines", "\x1b[2Jcleared", ""])
def test_what_users_code_raises_is_one_line(run, where, text):
    @run.app.extensions["novu"].registry.workflow("raises")
    def raises(payload, step):
        if where == "body" and payload:
            raise LookupError(text)
        step.in_app("bell", lambda: {"body": {}[text]})

    shown = run("preview", "raises", "bell", "--payload", '{"a": 1}')
    assert (shown.exit_code, len(shown.output.splitlines())) == (1, 1)
    assert "\x1b" not in shown.output
    assert ("LookupError" if where == "body" else "KeyError") in shown.output


def test_a_repeated_trigger_says_so_also_after_a_cancel(run):
    @run.app.extensions["novu"].registry.workflow("sla")
    def sla(step):
        step.delay("pause", {"amount": 4, "unit": "hours"})

    made = run("trigger", "sla", "--to", "ada", "--transaction-id", "sla-1")
    assert "Repeated" not in made.output
    run("executions", "cancel", made.output.split()[0])
    again = run("trigger", "sla", "--to", "ada", "--transaction-id", "sla-1")
    assert "completed (canceled)" in again.output
    assert again.output.splitlines()[-1].startswith("Repeated: this transaction id was already used")
    found = json.loads(run("trigger", "sla", "--to", "ada", "--transaction-id", "sla-1", "--json").output)
    assert (found["outcome"], found["repeated"]) == ("canceled", True)
