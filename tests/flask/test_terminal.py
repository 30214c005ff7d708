"""What strangers write reaches the operator's terminal and the log as text: shown, in its row, never obeyed."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core.integrations import terminal
from novu_core.testing import NovuEnvironment
from tests.providers import Refusing

ESCAPE = "u\x1b[2J\x1b]0;owned\x07\x1b[31mpaid\r"
ROW = "u\n01a2-fake  w  admin  completed"
OTHERS = ["c1\x9b2J\x9d0;owned\x9c", "turned\u202edaor", "ends\u2028here\u2029\x85\x0b", ROW, ESCAPE]
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def app(registry):
    @registry.workflow("w", description="first\nsecond\x1b[2J")
    def w(payload, step):
        if type(payload.get("t")) is str:  # not a placeholder
            raise ValueError(payload["t"])
        step.custom("c", lambda: {"n": 1})

    @registry.workflow("letter")
    def letter(payload, step):
        step.email("mail", lambda: {"subject": str(payload.get("t")), "body": f"one\n{payload.get('t')}"})

    app = Flask("terminal")
    Novu().init_app(app, workflows=registry)
    app.testing = True
    return app


@pytest.fixture
def run(app):
    return lambda *arguments, **more: app.test_cli_runner().invoke(novu_cli, list(arguments), **more)


def lines(result):
    assert OBEYED.search(result.output) is None, result.output
    return result.output.splitlines()


@pytest.mark.parametrize("text", OTHERS)
def test_ids_and_errors_of_strangers_stay_in_their_rows(app, run, text):
    with NovuEnvironment(app=app) as env:
        good = env.trigger("w", to=text, payload={}).execution_id
        bad = env.trigger("w", to="v", payload={"t": text}).execution_id
        assert len(lines(run("executions", "list"))) == 3
        assert len(lines(run("executions", "show", good))) == 3
        shown = lines(run("executions", "show", bad))
        assert len(shown) == 4
        assert shown[1].startswith("error: ValueError: ")
        assert shown[3].split() == ["c", "custom", "not", "reached", "0"]
        again = lines(run("executions", "retry", bad))
        assert len(again) == 4
        assert len(lines(run("executions", "retry", "--workflow", "w"))) == 2
        assert len(lines(run("executions", "list", "--subscriber", text))) == 2
        made = lines(run("trigger", "w", "--to", text, "--payload", json.dumps({"t": text})))
        assert len(made) == 4
        both = lines(run("trigger", "w", "--to", json.dumps([text, "x"]), "--payload", json.dumps({"t": text})))
        assert len(both) == 5


@pytest.mark.parametrize("text", OTHERS)
def test_what_providers_say_stays_in_its_row(app, run, text):
    mail = Refusing(ValueError(text), timeout=None)
    with NovuEnvironment(app=app, settings={"NOVU_DELIVERY": {"email": mail}}) as env:
        run_id = env.trigger("letter", to={"subscriberId": text, "email": "a@example.org"}).execution_id
        shown = lines(run("executions", "show", run_id))
    assert [line for line in shown if line.startswith("mail: DeliveryError: ValueError: ")]
    assert len(shown) == 5


@pytest.mark.parametrize("text", OTHERS)
def test_json_says_the_same_and_is_obeyed_by_no_terminal(app, run, text):
    with NovuEnvironment(app=app) as env:
        made = env.trigger("w", to=text, payload={"t": text}).execution_id
        result = run("executions", "show", made, "--json")
        assert lines(result)
        assert json.loads(result.output)["error"]["message"] == text
        listed = run("executions", "list", "--json")
        assert lines(listed)
        assert json.loads(listed.output)["items"][0]["subscriber"]["subscriberId"] == text


@pytest.mark.parametrize("text", OTHERS)
def test_a_preview_keeps_the_lines_of_a_body_and_nothing_else(app, run, text):
    with NovuEnvironment(app=app):
        shown = lines(run("preview", "letter", "mail", "--payload", json.dumps({"t": text})))
    assert [line for line in shown if line.startswith("body: one")]


def test_a_description_keeps_its_lines(app, run):
    with NovuEnvironment(app=app):
        shown = lines(run("show", "w"))
    assert shown[1:3] == ["first", "second\\x1b[2J"]


@pytest.mark.parametrize("text", OTHERS)
def test_lines_of_the_log_are_one_line_each(app, text, caplog):
    caplog.set_level(logging.DEBUG, "novu_core")
    caplog.handler.setFormatter(logging.Formatter("%(message)s"))
    with NovuEnvironment(
        app=app, settings={"NOVU_DELIVERY": {"email": Refusing(ValueError(text), timeout=None)}}
    ) as env:
        env.trigger("w", to=text, payload={})
        env.trigger("letter", to={"subscriberId": text, "email": "a@example.org"}, payload={"t": 1})
        assert all(len(record.getMessage().splitlines()) == 1 for record in caplog.records)
        env.trigger("w", to=text, payload={"t": text})
    assert "ValueError: " in caplog.text
    told = caplog.text.splitlines()
    assert [line for line in told if OBEYED.search(line)] == []
    assert [line for line in told if line.startswith(("01a2-fake", "paid"))] == []


@pytest.mark.parametrize("name", ["Zoë ☃", "Ωmega", "名前"])
def test_letters_are_letters(app, run, name):
    with NovuEnvironment(app=app) as env:
        env.trigger("w", to=name, payload={})
        assert name in run("executions", "list").output
        assert name in run("executions", "list", "--json").output


@pytest.mark.parametrize("name", ["Zoë ☃", "Ωmega", "名前"])
def test_a_terminal_that_lacks_a_letter_is_shown_its_number(app, name):
    runner = app.test_cli_runner(charset="ascii")
    with NovuEnvironment(app=app) as env:
        env.trigger("w", to=name, payload={})
        listed = runner.invoke(novu_cli, ["executions", "list"])
        data = runner.invoke(novu_cli, ["executions", "list", "--json"])
    assert listed.exit_code == data.exit_code == 0
    assert name.encode("ascii", "backslashreplace").decode() in listed.output
    assert json.loads(data.output)["items"][0]["subscriber"]["subscriberId"] == name


def test_errors_of_commands_are_one_line(app, run):
    for text in OTHERS:
        with NovuEnvironment(app=app):
            told = lines(run("executions", "show", text))
            assert len(told) == 1
            assert told[0].startswith("Error: ")
            assert len(lines(run("show", text))) == 1


def test_every_command_prints_through_the_one_function_that_shows_what_a_terminal_obeys():
    folder = Path(terminal.__file__).parent
    found = [path.name for path in folder.glob("*.py") if "click.echo(" in path.read_text("utf-8")]
    assert sorted(found) == ["operations.py", "output.py"]  # the worker's counts, and the function itself


@pytest.mark.parametrize("text", OTHERS)
def test_people_of_strange_ids_stay_in_their_rows(app, run, text):
    with NovuEnvironment(app=app) as env:
        env.client.subscribers.upsert({"subscriberId": text, "firstName": text, "data": {"k": text}})
        env.client.topics.subscribe("t", [text])
        listed = lines(run("subscribers", "list"))
        assert len([line for line in listed if line.startswith(text[:1])]) == 1
        for arguments in (["subscribers", "show", text], ["topics", "members", "t"], ["preferences", "show", text]):
            for more in ([], ["--json"]):
                shown = run(*arguments, *more)
                assert lines(shown)
                assert shown.exit_code == 0
        assert len(lines(run("subscribers", "delete", text))) == 1
