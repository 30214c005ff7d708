"""Which client a bare trigger means."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

import pytest

from novu_core import Client, Workflow
from novu_core.client import current, finding
from novu_core.definition.registry import default_registry
from novu_core.errors import ConfigurationError


@pytest.mark.mission("P-US1.2")
def test_a_plain_script_needs_no_server_and_no_keys(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from novu_core import workflow\n"
        "@workflow('hi')\n"
        "def hi(payload, step):\n"
        "    step.in_app('a', {'body': payload['text']})\n"
        "print(hi.trigger(to='ada', payload={'text': 'x'}).status)\n"
    )
    answer = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path)
    assert answer.stdout.strip() == "completed", answer.stderr


def body(step):
    step.in_app("a", {"body": "b"})


@pytest.fixture
def shared():
    return Workflow("shared", body)


@pytest.fixture
def make_client(shared):
    """Make clients that have the workflow, or those that are given; all are closed afterwards."""
    made = []

    def make(*workflows):
        made.append(Client({"NOVU_WORKER": "none"}, list(workflows) or [shared]))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def no_default(monkeypatch):
    monkeypatch.setattr(finding, "_default", None)
    yield
    if finding._default is not None:
        finding._default.close()


def test_the_only_live_client_that_registered_it(make_client, shared):
    client = make_client()
    make_client(Workflow("other", body))
    make_client(Workflow("shared", body))  # of the same id, and another
    assert finding.find_client(shared) is client


def test_of_several_the_error_names_the_fix_and_one_that_is_closed_does_not_count(make_client, shared):
    one, two = make_client(), make_client()
    with pytest.raises(ConfigurationError, match=r"registered with 2 live clients.*with client"):
        shared.trigger("ada")
    two.close()
    assert finding.find_client(shared) is one


def in_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def test_in_a_thread_inside_with_client_the_error_says_what_a_thread_needs(make_client, shared):
    make_client()
    with make_client() as client:
        for inside in (lambda: shared.trigger("ada"), lambda: asyncio.run(shared.atrigger("ada"))):
            with pytest.raises(ConfigurationError, match=r"apply only to the thread.*call `client\.trigger\(workflow"):
                in_thread(inside)
        assert in_thread(lambda: client.trigger(shared, "ada")).status == "completed"
        assert in_thread(partial(copy_context().run, shared.trigger, "ada")).status == "completed"
        assert len(client.executions.list().items) == 2


def test_a_client_that_nobody_holds_goes_away_at_once(shared):
    client = Client({"NOVU_WORKER": "none"}, [shared])
    client.trigger(shared, "ada")
    gone, executions = weakref.ref(client), client.executions
    [run] = executions.list().items
    del client
    assert gone() is None
    assert executions.get(run.execution_id).status == "completed"  # the store lives on with who uses it


def test_one_that_nobody_holds_is_not_counted_even_before_it_is_collected(make_client, shared):
    client, forgotten = make_client(), Client({"NOVU_WORKER": "none"}, [shared])
    forgotten.itself = forgotten  # a cycle, as an app makes
    gc.disable()
    try:
        del forgotten
        assert finding.find_client(shared) is client
    finally:
        gc.enable()


def test_the_innermost_with_wins_over_all_that_are_live(make_client, shared):
    outer, inner = make_client(), make_client()
    with outer:
        with inner:
            assert finding.find_client(shared) is inner
        assert finding.find_client(shared) is outer


def test_the_context_of_an_app_wins_where_its_client_has_the_workflow(make_client, shared, monkeypatch):
    apps, other = make_client(), make_client()
    elsewhere = make_client(Workflow("elsewhere", body))
    present = [apps]
    monkeypatch.setattr(current, "frameworks", [*current.frameworks, lambda: present[0]])
    monkeypatch.setattr(finding, "frameworks", current.frameworks)
    with other:
        assert finding.find_client(shared) is apps
        for nothing in (None, elsewhere):
            present[0] = nothing
            assert finding.find_client(shared) is other


def test_without_any_the_default_client_runs_it_and_says_so_once(no_default, monkeypatch, caplog):
    monkeypatch.setenv("NOVU_WORKER", "none")
    alone = Workflow("alone", body)
    assert finding.default_client().registry.get("alone") is None
    with pytest.raises(ConfigurationError, match="not registered"):
        alone.trigger("ada")
    first = finding.find_client(alone)
    assert first is finding.find_client(alone)
    assert caplog.text.count("No client is set up") == 1
    first.close()
    assert finding.find_client(alone) is not first  # one that was closed is made anew
    assert caplog.text.count("No client is set up") == 2


@pytest.mark.parametrize("channel", ["email", "sms", "chat"])
def test_the_default_client_prints_what_no_provider_sends_and_says_so(no_default, caplog, capfd, channel):
    @default_registry.workflow(f"printed-{channel}")
    def printed(step):
        getattr(step, channel)("s", {"subject": "s", "body": "Hello!"} if channel == "email" else {"body": "Hello!"})

    to = {"subscriberId": "ada", "email": "a@b.c", "phone": "+491701234567", "channels": {"chat": "c"}}
    try:
        assert printed.trigger(to=to).status == "completed"
    finally:
        del default_registry._workflows[f"printed-{channel}"]
    assert "Hello!" in capfd.readouterr().err
    assert caplog.text.count("prints the messages of channels without a provider") == 1
