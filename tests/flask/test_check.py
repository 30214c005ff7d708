"""``flask novu check``: what would go wrong, and what may be meant."""

from __future__ import annotations

import json
import socket
from datetime import datetime, timedelta, timezone
from functools import partial

import pytest
from flask import Flask
from pydantic import BaseModel

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Client, ManualClock, Registry, Settings
from novu_core.errors import ConfigurationError
from tests.unit.delivery.mail_servers import scripted


class Ticket(BaseModel):
    open: bool = False


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def check(registry):
    """Return a function that checks an app with these settings: its rows, its exit code, and its text."""
    apps = []

    def check(*arguments, **settings):
        app = Flask("checked")
        Novu().init_app(
            app, workflows=registry, **{"store_url": "sqlite://", "worker": "none", "secret_key": "s", **settings}
        )
        apps.append(app)
        runner = app.test_cli_runner()
        text = runner.invoke(novu_cli, ["check", *arguments])
        found = runner.invoke(novu_cli, ["check", "--json", *arguments])
        assert found.exit_code == text.exit_code
        return json.loads(found.stdout), found.exit_code, text.output

    check.apps = apps
    yield check
    for app in apps:
        app.extensions["novu"].close()


@pytest.fixture
def letter(registry):
    @registry.workflow("letter")
    def letter(step):
        step.email("mail", {"subject": "s", "body": "b"})


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_what_discovery_stumbles_over_is_told_with_its_place(check, registry):
    registry.workflow("typo")(lambda step: step.mail("m", {}))
    registry.workflow("twice")(lambda step: [step.in_app("m", {"body": "b"}) for _ in range(2)])
    registry.workflow("partial")(partial(lambda step: step.mail("m", {})))  # whose file is not known
    typo, twice, other = check()[0]
    line = registry["typo"].handler.__code__.co_firstlineno
    assert typo["problem"].startswith(f"cannot be discovered ({__file__}:{line}): The function of workflow `typo`")
    assert twice["problem"].startswith(f"cannot be discovered ({__file__}:{line + 1}): Step with id: `m` already")
    assert other["problem"].startswith("cannot be discovered: The function of workflow `partial`")


def test_what_is_no_url_of_a_store_is_told_with_two_that_are():
    with pytest.raises(ConfigurationError, match=r"Use, for example, sqlite:///novu\.db or postgresql://user"):
        Client({"store_url": "novu.db"}).prepare()


def test_an_app_without_a_workflow(check):
    assert check()[0] == [
        {"where": "NOVU_WORKFLOWS", "problem": "names no workflow, and none is registered in any other way"}
    ]


def test_nothing_to_tell(check, letter):
    assert check(delivery={"email": "console://"}) == ([], 0, "1 workflow, no problem found.\n")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://novu:geheim@127.0.0.1:{port}/novu", "cannot be reached"),
        ("postgresql://novu:geheim@no-such-host.invalid/novu", "cannot be reached"),
        ("sqlite:////no/such/folder/novu.db", "unable to open database file: make the folder /no/such/folder, which"),
    ],
)
def test_a_store_that_cannot_be_reached_is_one_readable_line(check, letter, url, told):
    rows, code, text = check(store_url=url.format(port=closed_port()), delivery={"email": "console://"})
    [row] = rows
    assert (row["where"], code) == ("NOVU_STORE_URL", 1)
    assert told in row["problem"]
    assert len(text.splitlines()) == 2
    assert "geheim" not in text


def test_a_mail_server_is_greeted_and_gets_no_mail(check, letter):
    with scripted({}) as (port, heard):
        rows, code, _ = check(delivery={"email": f"smtp://127.0.0.1:{port}?from=a@example.org"})
    assert (rows, code) == ([], 0)
    assert heard["EHLO"] == heard["QUIT"] == 2
    assert heard["MAIL"] == 0


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "smtp+starttls"])
def test_a_dead_mail_server_and_each_of_several(check, letter, scheme):
    url = f"{scheme}://127.0.0.1:{closed_port()}?from=a@example.org"
    rows, code, text = check(delivery={"email": ["console://", url]})
    assert [row["where"] for row in rows] == ["NOVU_DELIVERY"]
    assert rows[0]["problem"].startswith("email: <SMTP 127.0.0.1:")
    assert code == 1
    assert len(text.splitlines()) == 2


def test_a_mail_server_that_does_not_do_what_is_asked(check, letter):
    with scripted({}) as (port, _):
        [row], code, _ = check(delivery={"email": f"smtp+starttls://127.0.0.1:{port}?from=a@example.org"})
        assert code == 1
        assert "STARTTLS" in row["problem"]
        [row], code, _ = check(delivery={"email": f"smtp://user:geheim@127.0.0.1:{port}?from=a@example.org"})
        assert code == 1
        assert "AUTH" in row["problem"]
        assert "geheim" not in row["problem"]


class Own:
    def __init__(self, answer):
        self.answer = answer

    def send(self, message):
        raise AssertionError("nothing is sent")


class Greeting(Own):
    def greet(self):
        if isinstance(self.answer, Exception):
            raise self.answer


class AsyncGreeting(Greeting):
    async def greet(self):
        super().greet()


@pytest.mark.parametrize("kind", [Greeting, AsyncGreeting])
def test_a_provider_of_ones_own_may_be_greeted(check, registry, kind):
    @registry.workflow("text")
    def text(step):
        step.sms("sms", {"body": "b"})
        step.push("push", {"subject": "s", "body": "b"})

    bad = kind(PermissionError("the token\nhas expired"))
    rows, code, _ = check(delivery={"sms": [kind(None), bad], "push": bad})
    assert rows == [{"where": "NOVU_DELIVERY", "problem": "push: the token has expired"}]
    assert code == 1
    assert check(delivery={"sms": Own(None), "push": "https://hooks.invalid/push"})[:2] == ([], 0)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("NOVU_DELIVRY", "NOVU_DELIVERY"),
        ("NOVU_STOREURL", "NOVU_STORE_URL"),
        ("NOVU_LEASE_SECOND", "NOVU_LEASE_SECONDS"),
    ],
)
def test_a_misspelt_variable_of_the_environment(check, letter, monkeypatch, name, meant):
    monkeypatch.setenv(name, "x")
    rows, code, _ = check(delivery={"email": "console://"})
    assert rows == [{"where": name, "problem": f"is not a setting and is ignored; did you mean {meant}?"}]
    assert code == 1


@pytest.mark.parametrize(
    "name", ["NOVU_BRIDGE_ORIGIN", "NOVU_API_KEY", "NOVU_STRICT_AUTHENTICATION_ENABLED", "NOVU_WAIT"]
)
def test_variables_of_the_peer_and_settings_are_known(check, letter, monkeypatch, name):
    monkeypatch.setenv(name, "true")
    assert check(delivery={"email": "console://"})[:2] == ([], 0)


def test_a_variable_like_no_setting_is_a_note(check, letter, monkeypatch):
    monkeypatch.setenv("NOVU_QQQ", "x")
    rows, code, text = check(delivery={"email": "console://"})
    assert rows == [{"where": "NOVU_QQQ", "note": "is not a setting of this version and is ignored"}]
    assert code == 0
    assert "note: is not a setting" in text


def test_steps_after_a_bare_return_are_a_note(check, registry):
    @registry.workflow("reminder")
    def reminder(payload: Ticket, step):
        step.in_app("opened", {"body": "b"})
        if not payload.open:
            return
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app(step_id="late", resolver={"body": "b"})

    @registry.workflow("guarded")
    def guarded(payload: Ticket, step):
        if payload.open:
            step.in_app("bell", {"body": "b"})

    @registry.workflow("whole")
    def whole(step):
        for name in ("a", "b"):
            step.in_app(f"bell-{name}", {"body": "b"})
        step.in_app("last", {"body": "b"})

    rows, code, _ = check()
    assert code == 0
    assert [(row["where"], row["note"].partition(":")[0]) for row in rows] == [
        ("reminder", "has steps that discovery did not reach (`pause`, `late`)"),
        ("guarded", "has steps that discovery did not reach (`bell`)"),
    ]


def test_overdue_runs_of_a_workflow_that_is_gone(check, letter, tmp_path):
    gone, store_url = Registry(), f"sqlite:///{tmp_path}/novu.db"

    @gone.workflow("gone")
    def removed(step):
        step.delay("pause", {"amount": 1, "unit": "minutes"})

    earlier = ManualClock(datetime.now(timezone.utc) - timedelta(hours=1))
    with Client(Settings(store_url=store_url, worker="none"), gone, clock=earlier) as client:
        run = client.trigger("gone", "ada").execution_id
    here = {"store_url": store_url, "delivery": {"email": "console://"}}
    [row], code, _ = check(**here)
    assert (row["where"], code) == ("gone", 1)
    assert "1 run is overdue" in row["problem"]
    runner = check.apps[-1].test_cli_runner()
    listed = json.loads(runner.invoke(novu_cli, ["list", "--json"]).stdout)
    assert [(found["workflow_id"], found["status"]) for found in listed] == [("letter", "active"), ("gone", "unknown")]
    assert "1 run is overdue" in runner.invoke(novu_cli, ["list"]).output
    canceled = runner.invoke(novu_cli, ["executions", "cancel", run])
    assert (canceled.exit_code, "canceled" in canceled.output) == (0, True)
    assert check(**here)[:2] == ([], 0)


def test_with_cloud_dispatch_check_opens_no_store(check, letter, tmp_path):
    assert check(store_url=f"sqlite:///{tmp_path}/novu.db", dispatch="cloud")[:2] == ([], 0)
    assert list(tmp_path.iterdir()) == []
