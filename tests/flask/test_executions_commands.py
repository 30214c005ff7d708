"""``flask novu executions``: what became of runs, and retrying one or many."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from pydantic import BaseModel

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Registry
from novu_core.testing import NovuEnvironment
from tests.providers import Failing, Recording, Refusing

ADA = {"subscriberId": "ada", "email": "ada@example.org", "phone": "+15550100"}


class Mark(BaseModel):
    mark: int = 1


class Weather(BaseModel):
    place: str
    degrees: int


@pytest.fixture
def registry():
    registry = Registry()

    @registry.workflow("letter", on_error="stop")
    def letter(step):
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("batch")
    def batch(step):
        step.digest("collect", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": "b"})

    @registry.workflow("wrong")
    def wrong(step):
        step.push("bell", lambda controls: {"subject": {}, "body": {}}, control_schema=Mark)

    @registry.workflow("odd")
    def odd(step):
        step.custom("look", lambda: {"place": 5, "degrees": "many"}, output_schema=Weather)

    return registry


@pytest.fixture
def app(registry):
    app = Flask("history")
    app.testing = True
    Novu().init_app(app, workflows=registry, store_url="sqlite://", worker="none")
    yield app
    app.extensions["novu"].close()


@pytest.fixture
def run(app):
    def run(*arguments):
        result = app.test_cli_runner().invoke(novu_cli, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


def environment(app, *providers):
    given = {"NOVU_DELIVERY": {"email": list(providers)}, "NOVU_RETRY": {"attempts": 2, "base": 60}}
    return NovuEnvironment(app=app, settings=given if providers else {})


def test_a_topic_that_is_still_being_recorded_is_told_below_the_list(app, run):
    novu = app.extensions["novu"]
    novu.topics.subscribe("readers", ["ada"])
    told = run("trigger", "batch", "--to", '{"type": "Topic", "topicKey": "readers"}', "--transaction-id", "t1")
    assert told.output == "Transaction t1 is recorded.\n"
    novu.broadcast("letter", transaction_id="t2")
    topic = "batch to topic readers is still being recorded: 0 runs so far (transaction t1)"
    everybody = "letter to everybody is still being recorded: 0 runs so far (transaction t2)"
    for options, lines in (
        ((), [everybody, topic]),
        (("--workflow", "batch"), [topic]),
        (("--transaction-id", "t2"), [everybody]),
        (("--status", "pending"), [everybody, topic]),
        (("--status", "completed"), []),
        (("--subscriber", "ada"), []),
    ):
        assert run("executions", "list", *options).output.splitlines()[1:] == lines
    assert json.loads(run("executions", "list", "--json").output) == {"items": [], "next_cursor": None}
    while novu.worker.run_due():
        pass
    assert "being recorded" not in run("executions", "list").output


def test_each_failed_attempt_is_shown_with_its_provider_and_the_message_with_its_address(app, run):
    first = Failing(*[ConnectionError("no\nroute")] * 2, name="first", timeout=None)
    second = Recording(name="second", timeout=None)
    with environment(app, first, second) as env:
        made = env.trigger("letter", ADA)
        waiting = run("executions", "list").output.splitlines()[1].split()
        assert waiting[4:6] == ["retry", made.resume_at.isoformat(timespec="seconds")]
        env.advance(hours=1)
        shown = run("executions", "show", made.execution_id).output.splitlines()
        assert re.sub(r" +", " ", shown[2]) == "mail email completed delivered 2 second ada@example.org"
        assert shown[3].startswith(
            "mail: DeliveryError: ConnectionError: no route (attempt 1 by first at 2026-01-05T09:00:00"
        )
        assert shown[4].startswith(
            "mail: DeliveryError: ConnectionError: no route (attempt 2 by first at 2026-01-05T09:0"
        )
        assert len(shown) == 5
        found = json.loads(run("executions", "show", made.execution_id, "--json").stdout)
    assert [attempt["error"]["provider"] for attempt in found["steps"][0]["attempts"]] == ["first", "first"]
    [message] = found["messages"]
    assert (message["provider"], message["to"], message["step_id"]) == ("second", "ada@example.org", "mail")


def test_a_merged_run_names_the_run_that_it_merged_into(app, run):
    with environment(app) as env:
        opener, merged = (env.trigger("batch", ADA).execution_id for _ in range(2))
        assert f"merged into: {opener}" in run("executions", "show", merged).output.splitlines()
        assert json.loads(run("executions", "show", merged, "--json").stdout)["merged_into"] == opener
        assert "merged into" not in run("executions", "show", opener).output
        listed = run("executions", "list").output
    assert "digest   2026-01-05T10:00:00+00:00  2026-01-05T09:00:00+00:00" in listed


def test_outputs_and_controls_that_are_refused_name_each_path(app, run):
    with environment(app):
        made = run("trigger", "odd", "--to", "ada")
        [listed] = json.loads(run("executions", "list", "--json").stdout)["items"]
        shown = run("executions", "show", listed["execution_id"])
        several = run("trigger", "odd", "--to", '["ben", "eve"]')
        refused = run("controls", "set", "wrong", "bell", "--values", '{"mark": "x", "other": 1}')
        numbered = run("controls", "set", "wrong", "bell", "--values", '{"mark": "x"}')
    for output in (made.output, shown.output, several.output):
        assert "OutputInvalidError" in output
        assert "/place: Input should be a valid string" in output
        assert "/degrees: Input should be a valid integer" in output
    assert made.exit_code == several.exit_code == 1
    assert refused.output.startswith("Error: Workflow `wrong`, step `bell`: the controls are invalid. /other: unknown")
    assert "/mark: " in numbered.output
    assert len(refused.output.splitlines()) == len(numbered.output.splitlines()) == 1


def test_texts_of_strangers_stay_one_row_and_move_no_terminal(app, run):
    with environment(app) as env:
        env.trigger("batch", "u\x1b[2J\x07\n01a2-fake  admin  completed")
        [made] = env.client.executions.list()
        listed, shown = run("executions", "list").output, run("executions", "show", made.execution_id).output
    assert len(listed.splitlines()) == 2
    assert "u\\x1b[2J\\x07 01a2-fake" in listed
    assert "u\\x1b[2J\\x07 01a2-fake" in shown


def reached(provider):
    return [message.subscriber_id for message in provider.sent]


@pytest.fixture
def outage(app):
    """Three letters that fail at 9, 10 and 11, and a provider that is mended."""
    provider = Refusing(ValueError("550 no"), timeout=None)
    with environment(app, provider) as env:
        for name in ("ann", "ben", "eve"):
            env.trigger("letter", {"subscriberId": name, "email": f"{name}@example.org"})
            env.trigger("wrong", name)
            env.advance(hours=1)
        provider.down = False
        yield provider


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2026-01-05T10:00:00Z", ["ben", "eve"]),
        ("2026-01-05T10:00:01", ["eve"]),
        ("2026-01-05T12:00:00+02:00", ["ben", "eve"]),
        ("20260105T11Z", ["eve"]),
        ("2026-01-05", ["ann", "ben", "eve"]),
        ("2026-01-06", []),
    ],
)
def test_many_are_retried_oldest_first_since_a_time(outage, run, since, expected):
    done = run("executions", "retry", "--workflow", "letter", "--since", since)
    assert reached(outage) == expected
    assert done.exit_code == 0
    *lines, total = done.output.splitlines()
    assert [re.search("-> (.*)$", line)[1] for line in lines] == [f"{name}: completed" for name in expected]
    assert total == f"{len(expected)} retried: {len(expected)} completed, 0 running, 0 failed."


def test_many_of_which_some_fail_again_are_exit_code_1(outage, run):
    done = run("executions", "retry", "--status", "failed", "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (found["retried"], found["completed"], found["running"], found["failed"]) == (6, 3, 0, 3)
    assert [row["status"] for row in found["items"]] == ["completed", "failed"] * 3
    assert found["items"][1]["error"]["type"] == "OutputInvalidError"


def test_each_that_fails_again_says_why_in_its_line(outage, run):
    *lines, total = run("executions", "retry", "--workflow", "wrong").output.splitlines()
    assert len(lines) == 3
    assert all("-> " in line and "OutputInvalidError: " in line and "/subject: must be" in line for line in lines)
    assert total == "3 retried: 0 completed, 0 running, 3 failed."


def test_only_those_that_failed_in_part(outage, run):
    assert run("executions", "retry", "--status", "partial").output.endswith(
        "3 retried: 0 completed, 0 running, 3 failed.\n"
    )
    assert reached(outage) == []


def test_one_that_cannot_be_retried_does_not_keep_the_others(outage, run, app, monkeypatch):
    client = app.extensions["novu"]
    retry = client.executions.retry
    [ann] = [row.execution_id for row in client.executions.list(subscriber_id="ann", workflow_id="letter")]

    def late(execution_id):
        if execution_id == ann:
            retry(execution_id)  # another process was faster
        return retry(execution_id)

    monkeypatch.setattr(client.executions, "retry", late)
    done = run("executions", "retry", "--workflow", "letter")
    assert done.exit_code == 1
    assert "not retried: Execution" in done.output.splitlines()[0]
    assert reached(outage) == ["ann", "ben", "eve"]


@pytest.mark.parametrize(
    "arguments", [(), ("some-id", "--workflow", "letter"), ("--since", "yesterday"), ("--status", "completed")]
)
def test_wrong_usage_of_retry_is_exit_code_2(run, arguments):
    assert run("executions", "retry", *arguments).exit_code == 2
