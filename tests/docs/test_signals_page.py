"""docs/signals.md names every signal, with the arguments that its receivers get."""

from __future__ import annotations

import re
from pathlib import Path

from blinker import Signal

from flask_novu import signals
from novu_core import Registry
from novu_core.testing import NovuEnvironment

PAGE = (Path(__file__).parents[2] / "docs" / "signals.md").read_text("utf-8")


def told():
    arguments, latest = {}, set()
    for name, text in re.findall(r"^\| `(\w+)` \| .*? \| (.*) \|$", PAGE, re.M):
        latest = latest if text == "the same" else set(re.findall(r"`(\w+)`", text))
        arguments[name] = latest
    return arguments


def test_every_signal_has_a_row():
    assert told().keys() == {name for name, value in vars(signals).items() if isinstance(value, Signal)}


def test_the_arguments_are_those_that_are_sent():
    registry, heard = Registry(), {}

    @registry.workflow("w")
    def w(step):
        step.in_app("inbox", {"body": "b"})
        step.sms("skipped", {"body": "b"}, skip=True)
        step.custom("breaks", lambda: 1 / 0)

    @registry.workflow("fine")
    def fine(step):
        step.in_app("inbox", {"body": "b"})

    with NovuEnvironment(workflows=registry) as env:
        env.client.events.listeners.append(lambda name, **data: heard.setdefault(name, set(data)))
        w.trigger(to="ada")
        fine.trigger(to="ada")
    assert heard == told()
