from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import types
import urllib.request
from pathlib import Path

import pytest

from novu_core.bridge.signature import sign

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def quickstart() -> str:
    [source] = re.findall(r"```python\n(.*?)```", README, re.S)
    return source


def test_the_quickstart_has_at_most_twenty_lines():
    assert len(quickstart().strip().splitlines()) <= 20


@pytest.mark.mission("P-SC-001")
@pytest.mark.mission("F-SC-001")
def test_the_quickstart_runs_as_it_stands(tmp_path):
    (tmp_path / "app.py").write_text(quickstart(), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flask = [sys.executable, "-m", "flask"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [*flask, "run", "--debug", "--no-reload", "--port", str(port)],
            cwd=tmp_path, stdout=log, stderr=log, env=environment,
        )  # fmt: skip
    try:
        answers = [json.loads(post(port, f"/comment/{word}")) for word in ("one", "two")]
        assert [answer["status"] for answer in answers] == ["pending", "pending"]
        listed = subprocess.run(
            [*flask, "novu", "executions", "list"], cwd=tmp_path, capture_output=True, text=True, env=environment
        )
        assert listed.returncode == 0, listed.stderr
        assert listed.stdout.count("comment-on-post") == 2
        assert (tmp_path / "instance" / "novu.db").exists()
        deadline = time.monotonic() + 30
        while "subject: 2 new comments" not in (tmp_path / "log").read_text("utf-8"):
            assert time.monotonic() < deadline, (tmp_path / "log").read_text("utf-8")
            time.sleep(0.2)  # a real process is watched from outside; its clock is the real one
        ended = subprocess.run(
            [*flask, "novu", "executions", "list"], cwd=tmp_path, capture_output=True, text=True, env=environment
        )
        assert ended.stdout.count("merged") == 1
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.parametrize(
    ("step", "state", "outputs"),
    [
        ("new-comment", [], {"body": "New comment: hello"}),
        ("collect", ["new-comment"], {"amount": 10, "unit": "seconds"}),
        ("summary", ["new-comment", "collect"], {"subject": "2 new comments", "body": "Have a look!"}),
    ],
)
def test_the_bridge_drives_the_quickstart_as_it_stands(step, state, outputs, monkeypatch):
    monkeypatch.setenv("NOVU_SECRET_KEY", "the secret")
    monkeypatch.setenv("NOVU_STORE_URL", "sqlite://")
    monkeypatch.setenv("NOVU_WORKER", "none")
    module = types.ModuleType("quickstart")
    monkeypatch.setitem(sys.modules, "quickstart", module)  # pydantic looks names up there
    exec(compile(quickstart(), "README.md", "exec"), vars(module))
    body = json.dumps(
        {
            "payload": {"text": "hello"},
            "controls": {},
            "subscriber": {"subscriberId": "ada"},
            "state": [{"stepId": name, "outputs": RESULTS[name], "state": {"status": "completed"}} for name in state],
        },
        separators=(",", ":"),
    )
    path = f"/api/novu?action=execute&workflowId=comment-on-post&stepId={step}"
    client = module.app.test_client()
    signed = {"novu-signature": sign("the secret", time.time() * 1000, body), "content-type": "application/json"}
    answer = client.post(path, data=body, headers=signed)
    assert answer.status_code == 200, answer.text
    assert answer.json["outputs"] == outputs
    assert client.post(path, data=body, headers={"content-type": "application/json"}).status_code == 401
    module.app.extensions["novu"].close()


EVENT = {"id": "e", "time": "2026-01-05T09:00:00.000Z", "payload": {"text": "hello"}}
RESULTS = {
    "new-comment": {"seen": False, "read": False, "lastSeenDate": None, "lastReadDate": None},
    "collect": {"events": [EVENT, EVENT], "eventCount": 2},
}


def post(port: int, path: str) -> bytes:
    wait_for_port(port)
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", b"", method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read()


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.1)


def test_the_readme_links_to_every_page():
    linked = {target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", README)}
    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} | {"CONTRIBUTING.md"} <= linked


def test_every_page_the_readme_links_to_exists():
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        assert (ROOT / target).exists(), target
