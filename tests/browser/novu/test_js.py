"""The headless client of @novu/js against a served app."""

from __future__ import annotations

import json
import subprocess

from novu_core import inbox_hash
from tests.browser.novu.conftest import HERE, KEY


def test_what_the_client_is_answered(make_shop, modules):
    shop = make_shop()
    for number in range(3):
        shop.tell(f"Message {number}", primaryAction={"label": "Go"})
    command = ["node", str(HERE / "drive.cjs"), str(modules), shop.address, "ada", inbox_hash("ada", KEY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        ready = process.stdout.readline()
        if ready == "ready\n":
            shop.tell("News")
        out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert json.loads(out) == {
        "counted": 3,
        "first": [["Message 2", "Message 1"], True],
        "next": ["Message 0"],
        "counts": [[3, {"read": False}], [3, {"severity": "none", "read": False}], [0, {"tags": ["other"]}]],
        "read": True, "unread": False, "completed": True, "reverted": False, "archived": True, "archive": ["Message 2"],
        "unarchived": False, "snoozed": True, "asleep": ["Message 2"], "unsnoozed": False, "seen": 2, "left": 0,
        "preferences": [
            ["global", {"email": True, "in_app": True}, None],
            ["template", {"in_app": True}, "told"],
            ["template", {"email": True, "in_app": True}, "other"],
        ],
        "changed": False, "back": {"in_app": True}, "schedule": True, "live": ["News", False, "News"],
    }  # fmt: skip
    assert shop.client.subscribers.get("ada").first_name == "Ada"
