"""Which runs hang, as ``flask novu check`` and ``executions`` tell it from any process on the store."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from flask_novu import Novu
from flask_novu.cli import novu_cli
from novu_core import Registry
from novu_core.testing import NovuEnvironment

SINCE = "2026-01-05T09:00:00+00:00"


@pytest.fixture
def env():
    registry = Registry()

    @registry.workflow("letter")
    def letter(step):
        step.in_app("bell", {"body": "b"})

    app = Flask("hanging")
    app.testing = True
    Novu().init_app(app, workflows=registry, store_url="sqlite://", worker="none", secret_key="s")
    with NovuEnvironment(app=app) as environment:
        environment.run = lambda *given: app.test_cli_runner().invoke(novu_cli, list(given))
        yield environment
    app.extensions["novu"].close()


@pytest.fixture
def held(env):
    """Return a function that has a worker elsewhere hold a run for so many seconds, at a step; it returns the run's id."""
    parts = env.client.engine.parts

    def held(seconds, step=None, *, kept=True):
        run = env.trigger("letter", "ada", wait=False).execution_id
        now = env.clock.now()
        [row] = parts.store.claim(["letter"], now, now + parts.lease, "web-1:99", 1)
        env.clock.advance(parts.lease * seconds / 30)
        if kept:
            parts.store.renew([(run, row.fence, step)], env.clock.now() + parts.lease)
        return run

    return held


@pytest.mark.parametrize(("seconds", "step"), [(31, None), (95, "bell"), (86_400, "bell")])
def test_a_run_that_takes_longer_than_its_lease_is_named(env, held, seconds, step):
    run = held(seconds, step)
    checked = env.run("check")
    place = f"at step `{step}`" if step else "before its first step"
    problem = f"a run of letter has been {place} since {SINCE}, in the process web-1:99; if it hangs, cancel it"
    assert f"{run}  {problem}" in checked.output
    assert checked.exit_code == 1
    assert {"where": run, "problem": problem} in json.loads(env.run("check", "--json").stdout)
    listed = env.run("executions", "list").output.splitlines()[1]
    assert f"running  hanging since {SINCE}" in listed
    [item] = json.loads(env.run("executions", "list", "--json").stdout)["items"]
    assert item["hanging_since"] == SINCE
    assert f"hanging: {problem}" in env.run("executions", "show", run).output


@pytest.mark.parametrize("kind", ["young", "left", "canceled", "waiting"])
def test_no_other_run_is(env, held, kind):
    if kind == "young":
        run = held(30)
    elif kind == "left":  # by a worker that died; another takes it over
        run = held(31, kept=False)
    elif kind == "canceled":
        run = held(95)
        env.client.executions.cancel(run)
    else:
        run = env.trigger("letter", "ada", wait=False).execution_id
        env.advance(hours=1)
    assert "hang" not in env.run("check").output
    assert "hang" not in env.run("executions", "list").output
    [item] = json.loads(env.run("executions", "list", "--json").stdout)["items"]
    assert "hanging_since" not in item
    assert "hang" not in env.run("executions", "show", run).output


def test_what_hangs_ends_when_it_is_canceled(env, held):
    run = held(95)
    shown = env.run("executions", "cancel", run)
    assert (shown.exit_code, "hang" in shown.output) == (0, False)
    assert env.client.executions.get(run).outcome == "canceled"
