"""Replays the recorded cases of ``@novu/js`` in order, each for the subscriber and the messages that it was about.

The answers are examples: held are their status, their schema, the echo of filters, and what an example shows of
messages, marks, counts and preferences.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jsonschema

from tests.conformance.inbox.conftest import START, InboxApi, hashed

WORKFLOWS = {"wf1": "order-update", "wf2": "comment", "wf3": "newsletter", "wf4": "security-alert"}
_SHOWN = (
    "body",
    "isRead",
    "isSeen",
    "isArchived",
    "isSnoozed",
    "primaryAction",
    "secondaryAction",
    "data",
    "tags",
    "severity",
)
_CUT = re.compile(r"\.\.\. (\d+) more")


class Replay:
    """One run through the book. ``ids``: the messages that it names."""

    def __init__(self, inbox: InboxApi, book: dict[str, Any]) -> None:
        self.inbox = inbox
        self._book = book
        self.ids: dict[str, str] = {}
        self._before: dict[int, Callable[[], None]] = {
            4: self._ada, 5: self._many, 13: self._cara, 24: self._news, 33: self._archived, 35: self._some, 38: self._actions,
            41: self._snoozed, 45: self._deleted,
        }  # fmt: skip

    def faults(self, number: int) -> list[str]:
        """Send a case; return what is wrong with the answer."""
        case = self._book["cases"][number]
        self._before.get(number, lambda: None)()
        asked, wanted = json.loads(self._filled(json.dumps(case["request"]))), case["answer"]
        who = self._owner(number)
        if "authorization" not in asked["headers"] and asked["body"].get("subscriberHash") == "<subscriberHash>":
            asked["body"]["subscriberHash"] = hashed(asked["body"]["subscriber"]["subscriberId"] or "nobody")
        path = asked["path"].removeprefix("/v1/inbox") + asked["raw_query"]
        answer = self.inbox.ask(
            who if "authorization" in asked["headers"] else None, asked["method"], path, asked["body"]
        )
        if answer.status != wanted["status"]:
            return [f"status {answer.status}, wanted {wanted['status']}: {answer.body[:300]!r}"]
        if answer.status == 204:
            return ["204 with a body"] if answer.body else []
        if answer.headers["content-type"] != "application/json":
            return [f"content type {answer.headers['content-type']}"]
        example = json.loads(self._filled(json.dumps(wanted["example"])))
        return [*self._misfits(wanted["schema"], answer.json), *_differences(answer.json, example)]

    def _misfits(self, name: str, body: Any) -> list[str]:
        schema: Any = self._book["schemas"]
        place = name.partition("/")[0]
        schema = schema[place]
        if place == "routes":
            route, status = name.removeprefix("routes/").rsplit("/", 1)
            schema = schema[route][status]
        whole = {**copy.deepcopy(schema), "$defs": self._book["schemas"]["$defs"]}
        errors = jsonschema.Draft202012Validator(whole).iter_errors(body)
        return [f"{error.json_path}: {error.message[:200]}" for error in errors]

    def _filled(self, text: str) -> str:
        for name, found in {**self.ids, **{f'"{key}"': f'"{value}"' for key, value in WORKFLOWS.items()}}.items():
            text = text.replace(name, found)
        return re.sub(r"/preferences/(wf\d)", lambda found: f"/preferences/{WORKFLOWS[found[1]]}", text)

    def _owner(self, number: int) -> str:
        """Whose token a case was sent with: where nothing says so, one of nobody who has done anything before."""
        for end, name in (
            (4, "nobody"),
            (5, "ada"),
            (13, "many"),
            (33, "cara"),
            (48, "eve"),
            (56, "finn"),
            (66, f"p{number}"),
        ):
            if number < end:
                return name
        return "scheduled"

    def _send(self, name: str, who: str, body: str, workflow: str = "order-update", **content: Any) -> str:
        self.ids[name] = self.inbox.send(who, body, workflow, **content)
        return self.ids[name]

    def _ada(self) -> None:
        self._send("<id1>", "ada", "named")

    def _many(self) -> None:
        names = {24: "<id14>", 23: "<id16>", 15: "<id4>", 14: "<id5>", 13: "<id8>", 4: "<id10>", 3: "<id12>"}
        for number in range(25):
            self._send(names.get(number, f"many {number}"), "many", f"m{number:02}")

    def _cara(self) -> None:
        clock = self.inbox.clock
        clock.set(START + timedelta(milliseconds=394))
        self._send("<id26>", "cara", "order", data={"kind": "x", "n": 1})
        self._send("<id24>", "cara", "comment", "comment", data={"kind": "y", "nested": {"a": "b"}})
        clock.set(START + timedelta(milliseconds=465))
        self._send("<id22>", "cara", "news", "newsletter", data={"kind": "x", "n": 2})
        self._send("<id19>", "cara", "alert", "security-alert")

    def _news(self) -> None:
        self.inbox.client.inbox("cara").mark(self.ids["<id22>"], archived=True)

    def _archived(self) -> None:
        self.inbox.client.inbox("eve").mark(self._send("<id28>", "eve", "r"), archived=True)

    def _some(self) -> None:
        self._send("<id31>", "eve", "s")

    def _actions(self) -> None:
        actions = {"primaryAction": {"label": "Yes", "redirect": {"url": "/yes"}}, "secondaryAction": {"label": "No"}}
        self._send("<id32>", "eve", "act", **actions)
        self._send("<id34>", "eve", "no actions")

    def _snoozed(self) -> None:
        self.inbox.client.inbox("eve").snooze(self._send("<id35>", "eve", "z"), START + timedelta(hours=1))

    def _deleted(self) -> None:
        self._send("<id37>", "eve", "gone")


def _differences(body: Any, example: Any) -> list[str]:
    """What an answer shows otherwise than its example."""
    if "statusCode" in example:
        return []
    names = [name for name in ("hasMore", "filter") if name in example]
    found = [f"{name} is {body[name]}, wanted {example[name]}" for name in names if body[name] != example[name]]
    data, wanted = body["data"], example["data"]
    if not isinstance(wanted, list):
        return found + _other(data, wanted)
    cut = _CUT.fullmatch(wanted[-1]) if wanted and isinstance(wanted[-1], str) else None
    length = len(wanted) - 1 + int(cut[1]) if cut else len(wanted)
    if len(data) != length:
        found.append(f"{len(data)} items, wanted {length}")
    for item, shown in zip(data, wanted, strict=False):
        found += _other(item, shown) if isinstance(shown, dict) else []
    return found


def _other(item: Any, shown: Any) -> list[str]:
    names = [*(_SHOWN if "body" in shown else ()), "level", "channels", "schedule", "filter", "workflow", "unreadCount"]
    pairs = [(name, _plain(item.get(name)), shown[name]) for name in names if name in shown]
    return [f"{name} is {own}, wanted {wanted}" for name, own, wanted in pairs if own != wanted]


def _plain(value: Any) -> Any:
    """Leave out what the in-app step's schema adds to a redirect that has no target."""
    if isinstance(value, dict) and isinstance(value.get("redirect"), dict):
        return {**value, "redirect": {name: each for name, each in value["redirect"].items() if each != "_self"}}
    return value
