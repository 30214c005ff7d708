"""``python -m novu_core``: the commands without a web framework, for whatever ``--app`` names."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from novu_core.__main__ import novu
from novu_core.client.current import live

ROOT = Path(__file__).parents[3]
WORKFLOWS = """
from pydantic import BaseModel
from novu_core import Client, Registry, Settings

registry = Registry()

class Person(BaseModel):
    name: str

@registry.workflow("hello")
def hello(payload: Person, step):
    step.in_app("bell", {"body": f"Hello {payload.name}"})

settings = Settings(store_url="sqlite://", worker="none", secret_key="s")
"""
KINDS = {
    "a_client": "novu = Client(settings, registry)",
    "a_function": "def make():\n    return Client(settings, registry)",
    "fastapi_serve": "from fastapi import FastAPI\nfrom novu_core.integrations.fastapi import serve\n"
    "app = FastAPI()\nserve(app, workflows=registry, settings=settings)",
    "fastapi_router": "from fastapi import FastAPI\nfrom novu_core.integrations.fastapi import NovuRouter\n"
    "app, router = FastAPI(), NovuRouter(registry, settings=settings)\napp.include_router(router)",
    "flask_app": "from flask import Flask\nfrom flask_novu import Novu\napp = Flask('f')\n"
    "Novu(app, workflows=registry, store_url='sqlite://', secret_key='s', worker='none')",
    "workflows_only": "",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command of a module of this kind."""
    monkeypatch.syspath_prepend(str(tmp_path))
    clean = [name for name in os.environ if name.startswith("NOVU_")]
    for name in clean:
        monkeypatch.delenv(name)

    def run(kind, attribute, *arguments):
        (tmp_path / f"{kind}.py").write_text(WORKFLOWS + KINDS[kind], "utf-8")
        app = ["--app", f"{kind}{attribute}"]
        return CliRunner().invoke(novu, [*app, *arguments], prog_name="python -m novu_core")

    before = set(live)
    yield run
    for client in set(live) - before:
        client.close()
    for kind in KINDS:
        sys.modules.pop(kind, None)


@pytest.mark.parametrize(
    ("kind", "attribute"),
    [
        ("a_client", ":novu"), ("a_client", ""), ("a_client", ":registry"),
        ("a_function", ":make"), ("a_function", ":make()"),
        ("fastapi_serve", ":app"), ("fastapi_serve", ""),
        ("fastapi_router", ":app"), ("fastapi_router", ":router"), ("fastapi_router", ""),
        ("flask_app", ":app"), ("flask_app", ""),
        ("workflows_only", ""), ("workflows_only", ":registry"), ("workflows_only", ":hello"),
    ],
)  # fmt: skip
def test_each_kind_of_app(run, kind, attribute):
    assert [row["workflow_id"] for row in json.loads(run(kind, attribute, "list", "--json").stdout)] == ["hello"]
    done = run(kind, attribute, "trigger", "hello", "--to", "ada", "--payload", '{"name": "Ada"}')
    assert (done.exit_code, "delivered" in done.output) == (0, True), done.output


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["list"], 2, "Pass --app module:attribute, or set NOVU_WORKFLOWS."),
        (["--app", "no_such.module:app", "list"], 1, "there is no module 'no_such.module'"),
        (["--app", "json:app", "list"], 1, "the module 'json' has no 'app'"),
        (["--app", "json", "list"], 1, "json is not a client, and has neither a client nor a workflow"),
        (["--app", "json:loads", "list"], 1, "TypeError: "),
        (["--app", "json", "sync"], 1, "json is not a client"),
    ],
)
def test_what_is_not_an_app_is_one_line(run, arguments, code, told):
    done = CliRunner().invoke(novu, arguments, prog_name="python -m novu_core")
    assert done.exit_code == code
    assert told in done.output.splitlines()[-1]


def test_workflows_that_the_environment_names(run, monkeypatch):
    run("workflows_only", "", "list")
    monkeypatch.setenv("NOVU_WORKFLOWS", "workflows_only:registry")
    done = CliRunner().invoke(novu, ["list"])
    assert "hello" in done.output


def test_sync_needs_the_address(run):
    done = run("a_client", ":novu", "sync")
    assert (done.exit_code, "Pass --bridge-url." in done.output) == (2, True)


def test_as_a_process_of_its_own_without_a_web_framework(tmp_path):
    (tmp_path / "jobs.py").write_text(
        WORKFLOWS.replace("sqlite://", f"sqlite:///{tmp_path}/novu.db") + KINDS["a_client"], "utf-8"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOVU_")}
    given = {"cwd": tmp_path, "env": {**kept, "PYTHONPATH": str(ROOT)}, "text": True}
    command = [sys.executable, "-W", "error", "-m", "novu_core", "--app", "jobs:novu"]

    def run(*arguments):
        return subprocess.run([*command, *arguments], capture_output=True, check=True, **given).stdout

    assert run("--help").startswith("Usage: python -m novu_core [OPTIONS] COMMAND")
    made = json.loads(run("trigger", "hello", "--to", "ada", "--payload", '{"name": "A"}', "--no-wait", "--json"))
    worker = subprocess.Popen([*command, "worker", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **given)
    try:
        while json.loads(worker.stdout.readline()) != {"finished": 1, "active": 0}:
            pass
        worker.send_signal(signal.SIGTERM)
        assert "Stopped after 1 runs." in worker.communicate(timeout=10)[1]
        assert worker.returncode == 0
    finally:
        worker.kill()
        worker.wait()
    assert json.loads(run("executions", "show", made["execution_id"], "--json"))["status"] == "completed"
    frameworks = "import sys, novu_core.__main__; print({'flask', 'fastapi', 'django'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", frameworks], capture_output=True, check=True, **given)
    assert shown.stdout == "set()\n"
