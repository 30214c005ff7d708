"""What depends on the registry alone is printed once for each state of it."""

from __future__ import annotations

import json

import pytest

from novu_core import Registry, workflow
from novu_core.aio import Blocking, drive
from novu_core.bridge.printed import Printed
from novu_core.definition.registry import agent


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def counted(registry):
    printed, made = Printed(registry), []

    def names(prefix=""):
        made.append(prefix)
        if prefix == "?":
            raise LookupError(prefix)
        return [prefix + name for name in (*registry, *registry.agents)]

    def ask(*arguments):
        return json.loads(drive(printed.answer(Blocking(), names, *arguments)))

    return ask, made


def test_a_second_answer_is_not_printed_again(counted):
    ask, made = counted

    assert [ask(), ask(), ask("a"), ask("a")] == [[], [], [], []]
    assert made == ["", "a"]


def test_a_new_workflow_and_a_new_agent_are_printed(counted, registry):
    ask, _ = counted
    ask()

    workflow("first", registry=registry)(lambda step: None)
    assert ask() == ["first"]
    agent("helper", registry=registry)
    assert ask() == ["first", "helper"]


def test_what_fails_is_asked_again(counted):
    ask, made = counted

    for _ in range(2):
        with pytest.raises(LookupError):
            ask("?")
    assert made == ["?", "?"]
