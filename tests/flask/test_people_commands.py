"""``flask novu subscribers``, ``topics``, ``preferences`` and ``suppressions``."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli


@pytest.fixture
def run(registry):
    registry.workflow("letter", critical=True)(lambda step: step.email("mail", {"subject": "s", "body": "b"}))
    app = Flask("app")
    app.testing = True
    Novu().init_app(app, workflows=registry, worker="none", store_url="sqlite://")
    yield lambda *command: app.test_cli_runner().invoke(novu_cli, list(command))
    app.extensions["novu"].close()


def read(result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_subscribers_are_set_listed_shown_and_deleted(run):
    made = read(run("subscribers", "set", "ada", "--values", '{"email": "a@b.c", "firstName": "Ada"}', "--json"))
    assert (made["subscriberId"], made["email"]) == ("ada", "a@b.c")
    assert made["createdAt"] == made["updatedAt"]
    changed = read(run("subscribers", "set", "ada", "--values", '{"email": null, "subscriberId": "other"}', "--json"))
    assert (changed["_id"], changed["subscriberId"], changed.get("email")) == (made["_id"], "ada", None)
    for name in ("bob", "cy"):
        assert run("subscribers", "set", name, "--values", "{}").exit_code == 0
    first = run("subscribers", "list", "--limit", "2")
    assert [line.split()[0] for line in first.output.splitlines()[:3]] == ["SUBSCRIBER", "cy", "bob"]
    assert "3 in all." in first.output
    cursor = first.output.splitlines()[-1].removeprefix("Next: --cursor ")
    second = run("subscribers", "list", "--limit", "2", "--cursor", cursor).output
    assert "ada" in second
    before = second.splitlines()[-1].removeprefix("Previous: --before ")
    assert run("subscribers", "list", "--limit", "2", "--before", before).output == first.output
    found = read(run("subscribers", "list", "--name", "Ada", "--json"))
    assert ([item["subscriberId"] for item in found["items"]], found["total"]) == (["ada"], 1)
    assert read(run("subscribers", "list", "--phone", "+1", "--json"))["items"] == []
    run("topics", "subscribe", "t", "ada")
    assert read(run("subscribers", "show", "ada", "--json"))["topics"] == ["t"]
    assert "firstName" in run("subscribers", "show", "ada").output
    assert run("subscribers", "delete", "ada").output == "Deleted ada.\n"
    assert read(run("subscribers", "delete", "bob", "--json")) == {"deleted": "bob"}


def test_topics_are_made_listed_joined_left_and_deleted(run):
    assert read(run("topics", "create", "t", "--name", "T", "--json"))["name"] == "T"
    assert "T" in run("topics", "create", "t").output
    assert "ada" in run("topics", "subscribe", "t", "ada", "bob").output
    assert len(read(run("topics", "subscribe", "t", "cy", "--json"))["memberships"]) == 1
    assert run("topics", "members", "t").output.split()[2] == "cy"
    assert read(run("topics", "members", "t", "--limit", "1", "--json"))["total"] == 3
    left = run("topics", "unsubscribe", "t", "ada", "nobody")
    assert left.exit_code == 1
    assert "is not in the topic" in left.output
    assert run("topics", "unsubscribe", "t", "bob").exit_code == 0
    assert run("topics", "list", "--key", "t").output.splitlines()[1].split()[:2] == ["t", "T"]
    assert read(run("topics", "list", "--name", "other", "--json"))["items"] == []
    assert run("topics", "delete", "t").output == "Deleted t.\n"
    run("topics", "create", "u")
    assert read(run("topics", "delete", "u", "--json")) == {"deleted": "u"}


def test_preferences_are_shown_with_the_rule_and_changed(run):
    shown = read(run("preferences", "show", "ada", "--json"))
    assert shown["workflows"][0]["channels"] == {"in_app": {"enabled": True, "rule": "default"}}
    values = '{"channels": {"in_app": {"enabled": false}}}'
    lines = run("preferences", "set", "ada", "--workflow", "hello", "--values", values).output.splitlines()
    assert [line.split() for line in lines[3:]] == [
        ["hello", "in_app", "no", "subscriber_workflow"], ["letter", "email", "yes", "critical"],
    ]  # fmt: skip
    schedule = '{"schedule": {"isEnabled": false}}'
    assert "schedule: " in run("preferences", "set", "ada", "--values", schedule).output
    assert read(run("preferences", "show", "ada", "--json"))["schedule"] == {"isEnabled": False}


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (["subscribers", "show", "nobody"], 1, "nobody"),
        (["subscribers", "delete", "nobody"], 1, "nobody"),
        (["subscribers", "set", "ada", "--values", "{"], 2, "--values"),
        (["subscribers", "set", "ada", "--values", '{"email": 5}'], 1, "/subscriber/email"),
        (["subscribers", "set", " ", "--values", "{}"], 1, "blank"),
        (["subscribers", "list", "--cursor", "x"], 1, "/cursor"),
        (["subscribers", "list", "--limit", "101"], 2, "--limit"),
        (["topics", "create", "a b"], 1, "/key"),
        (["topics", "delete", "nobody"], 1, "nobody"),
        (["topics", "members", "nobody"], 1, "nobody"),
        (["topics", "subscribe", "t"], 2, "SUBSCRIBER_IDS"),
        (["preferences", "set", "ada", "--values", "{}", "--workflow", "nobody"], 1, "nobody"),
        (["preferences", "set", "ada", "--values", "{}", "--workflow", "letter"], 1, "critical"),
        (["preferences", "set", "ada", "--values", '{"all": 5}'], 1, "/all"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(run, command, code, told):
    result = run(*command)
    assert (result.exit_code, told in result.output) == (code, True), result.output
    assert "Traceback" not in result.output


def test_what_strangers_wrote_is_not_obeyed(run):
    run("subscribers", "set", "ada", "--values", json.dumps({"firstName": "\x1b[2J", "email": "a\nb"}))
    for command in (["list"], ["show", "ada"]):
        output = run("subscribers", *command).output
        assert "\x1b" not in output
        assert "a\nb" not in output


def test_suppressions_are_added_listed_shown_and_removed(run):
    made = read(run("suppressions", "add", "ada@EXAMPLE.org", "--reason", "asked by phone", "--json"))
    assert (made["address"], made["reason"]) == ("ada@example.org", "asked by phone")
    assert "manual" in run("suppressions", "add", "bob@example.org").output
    assert read(run("suppressions", "show", "ada@example.org", "--json")) == made
    assert "asked by phone" in run("suppressions", "show", "ada@example.org").output
    listed = run("suppressions", "list", "--limit", "1").output
    assert [line.split()[0] for line in listed.splitlines()[:3]] == ["ADDRESS", "bob@example.org", "2"]
    assert read(run("suppressions", "list", "--json"))["items"][1] == made
    assert read(run("suppressions", "remove", "ada@example.org", "--json")) == {"removed": "ada@example.org"}
    assert run("suppressions", "remove", "bob@example.org").output == "bob@example.org gets e-mail again.\n"
    gone = run("suppressions", "remove", "bob@example.org")
    assert (gone.exit_code, "bob@example.org" in gone.output) == (1, True)


def test_subscribers_are_exported_and_erased(run):
    run("subscribers", "set", "ada", "--values", '{"email": "a@b.c"}')
    run("trigger", "letter", "--to", "ada")
    for told in (read(run("subscribers", "export", "ada")), read(run("subscribers", "export", "ada", "--json"))):
        assert told["subscriber"]["data"]["email"] == "a@b.c"
        assert len(told["executions"]) == 1
    assert run("subscribers", "erase", "ada").output == "Erased ada: 1 run, 1 message, 0 suppressions.\n"
    gone = run("subscribers", "erase", "ada")
    assert (gone.exit_code, "ada" in gone.output) == (1, True)
    run("subscribers", "set", "bob", "--values", "{}")
    erased = {"subscriber_id": "bob", "runs": 0, "messages": 0, "suppressions": 0}
    assert read(run("subscribers", "erase", "bob", "--json")) == erased
