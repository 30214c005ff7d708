"""Novu's official JavaScript clients, @novu/api and @novu/node, drive a served app; installed where node and npm are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from novu_core import Registry
from tests.conformance.frameworks.conftest import KEY
from tests.conformance.novu.conftest import fill
from tests.conformance.novu.serving import served
from tests.npm import installed

HERE = Path(__file__).with_name("node")


@pytest.fixture(scope="module")
def modules() -> Path:
    """The folder with the clients."""
    return installed(HERE / "package.json")


@pytest.fixture(scope="module")
def told(modules):
    with served(fill(Registry())) as (address, _):
        command = ["node", str(HERE / "drive.cjs"), str(modules), address, KEY]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_what_the_current_client_is_answered(told):
    found = {name: item for name, item in told.items() if name != "node"}
    refusals = {
        name: found.pop(name) for name in ("unknownWorkflow", "badPayload", "notFound", "notAvailable", "wrongKey")
    }
    assert found == {
        "created": ["ada", "Ada"], "slash": "js/1", "slashed": "js/1", "patched": "+1", "bulk": 1, "found": ["ada"],
        "tokens": ["one", "two"], "trigger": "processed", "bulkTrigger": ["error", "processed"], "broadcast": "processed",
        "runs": 4, "run": "tx-js", "canceled": [True, False], "messages": 4, "read": True, "counts": [1, 0], "feed": 1,
        "preferences": {"inApp": True, "email": False}, "global": True, "topic": "Readers",
        "joined": {"totalCount": 2, "successful": 1, "failed": 1}, "members": 1, "left": 1,
        "workflows": ["welcome", "weekly"], "workflow": ["in_app", "email"], "integrations": ["novu", "nodemailer"], "deleted": True,
    }  # fmt: skip
    assert {name: (item["kind"], item["status"]) for name, item in refusals.items()} == {
        "unknownWorkflow": ("ValidationErrorDto", 422),
        "badPayload": ("PayloadValidationExceptionDto", 400),
        "notFound": ("ErrorDto", 404),
        "notAvailable": ("ErrorDto", 405),
        "wrongKey": ("ErrorDto", 401),
    }


def test_what_the_older_client_is_answered(told):
    node = dict(told["node"])
    assert (node.pop("unknown")["status"], node.pop("tenants")["status"]) == (404, 405)
    assert node == {
        "identify": "Fay", "update": "Fay", "list": True, "trigger": "processed", "bulk": "processed", "broadcast": "processed",
        "topic": "old", "added": {"succeeded": ["fay"], "failed": {"notFound": ["nobody"]}}, "got": ["fay"], "removed": 204,
        "credentials": 1, "messages": 0, "feed": 1, "unseen": 1, "marked": 1, "preference": {"in_app": True, "email": False}, "global": True, "seen": True, "cancel": False,
    }  # fmt: skip
