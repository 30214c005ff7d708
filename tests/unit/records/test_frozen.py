"""Frozen JSON reads as the plain kind, and no method of it changes anything."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from novu_core.records.frozen import FrozenDict, FrozenList, frozen

DATA = {"a": {"b": [3, 1, {"c": "x"}]}, "d": None}
ARGUMENTS: tuple[tuple[Any, ...], ...] = ((), (0,), ("a",), ([5],), ({"e": 1},), (0, 5), ("a", 5))
"""One of these is what a method of a dict or a list takes."""
MUTATING = [
    *((DATA, name) for name in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update")),
    *((DATA["a"]["b"], name) for name in (
        "__setitem__", "__delitem__", "__iadd__", "__imul__", "append", "clear", "extend", "insert", "pop", "remove",
        "reverse", "sort",
    )),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name"), MUTATING, ids=lambda value: value if isinstance(value, str) else "")
def test_a_method_that_would_change_it_raises(data, name):
    kept = frozen(data)
    for arguments in ARGUMENTS:
        with pytest.raises(TypeError):
            getattr(kept, name)(*arguments)
    assert kept == data


@pytest.mark.parametrize("data", [DATA, DATA["a"]["b"]], ids=["dict", "list"])
def test_no_method_at_all_changes_it(data):
    kept = frozen(data)
    for name in set(dir(type(data))) - {"__init__", "__class__", "__class_getitem__"}:
        for arguments in ARGUMENTS:
            try:
                getattr(kept, name)(*arguments)
            except Exception:  # whatever it takes, or refuses
                continue
        assert kept == data, name


def test_it_is_equal_to_what_it_was_made_of_and_apart_from_it():
    data = copy.deepcopy(DATA)
    kept = frozen(data)
    data["a"]["b"][2]["c"] = "changed"
    assert kept == DATA
    assert json.dumps(kept) == json.dumps(DATA)
    assert repr(kept) == repr(DATA)
    assert (type(kept["a"]), type(kept["a"]["b"]), type(kept["a"]["b"][2])) == (FrozenDict, FrozenList, FrozenDict)
    assert [frozen(value) for value in ("x", 1, 1.5, None, True)] == ["x", 1, 1.5, None, True]


@pytest.mark.parametrize("thaw", [copy.deepcopy, lambda kept: pickle.loads(pickle.dumps(kept))], ids=["copy", "pickle"])
def test_its_copies_are_plain_at_every_depth(thaw):
    kept = frozen(DATA)
    made = thaw(kept)
    assert made == DATA
    assert (type(made), type(made["a"]["b"]), type(made["a"]["b"][2])) == (dict, list, dict)
    made["a"]["b"][2]["c"] = "changed"
    assert kept == DATA
    assert type(thaw(kept["a"]["b"])) is list
