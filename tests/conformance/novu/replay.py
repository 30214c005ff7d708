"""Replays the recorded cases of Novu's clients in order, each against the status, the expectations and the schema."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import jsonschema

from tests.conformance.frameworks.conftest import KEY


class Replay:
    """One run through the book; ``held`` is what earlier cases captured, ``patience`` the seconds for the worker."""

    patience = 6

    def __init__(self, novu: Any, book: dict[str, Any]) -> None:
        self._novu = novu
        self._book = book
        self.held = {"secret": KEY}

    def faults(self, case: dict[str, Any]) -> list[str]:
        """Send a case, again for some seconds where the worker is at it; return what is wrong with the answer."""
        deadline = time.monotonic() + (self.patience if case["answer"].get("eventually") else 0)
        while True:
            found, body = self._once(case)
            if not found or time.monotonic() >= deadline:
                break
            time.sleep(0.02)  # the worker of this process is being waited for
        for name, pointer in case["answer"].get("capture", {}).items():
            self.held[name] = str(at(body, pointer))
        self._novu.settle()
        return found

    def _once(self, case: dict[str, Any]) -> tuple[list[str], Any]:
        asked, wanted = self._filled(case["request"]), case["answer"]
        for pointer, times in asked.get("repeat", {}).items():
            at(asked["body"], pointer)[:] = at(asked["body"], pointer) * times
        raw = json.dumps(asked["body"]).encode() if "body" in asked else None
        answer = self._novu.ask(asked["method"], asked["path"], raw=raw, headers=asked["headers"])
        if answer.status != wanted["status"]:
            return [f"status {answer.status}, wanted {wanted['status']}: {answer.body[:300]!r}"], None
        if answer.status == 204:
            return (["204 with a body"] if answer.body else []), None
        if answer.headers["content-type"] != "application/json":
            return [f"content type {answer.headers['content-type']}"], None
        body = answer.json
        found = [
            f"{pointer} is {got!r}, wanted {value!r}"
            for pointer, value in self._filled(wanted.get("expect", {})).items()
            if (got := at(body, pointer)) != value
        ]
        if "schema" in wanted:
            schema = {**copy.deepcopy(wanted["schema"]), "schemas": self._book["schemas"]}
            errors = jsonschema.Draft202012Validator(schema).iter_errors(body)
            found += [f"{error.json_path}: {error.message[:200]}" for error in errors]
        return found, body

    def _filled(self, value: Any) -> Any:
        text = json.dumps(value)
        for name, found in self.held.items():
            text = text.replace("{" + name + "}", found)
        return json.loads(text)


def at(document: Any, pointer: str) -> Any:
    """Return what a JSON pointer leads to, or None."""
    for name in pointer.split("/")[1:]:
        if isinstance(document, list):
            document = document[int(name)] if int(name) < len(document) else None
        else:
            document = document.get(name) if isinstance(document, dict) else None
    return document
