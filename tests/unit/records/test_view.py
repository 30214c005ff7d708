"""A record reads by attribute as Python and by item as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from novu_core.records import Page, View
from novu_core.records.frozen import frozen
from novu_core.records.view import plain
from novu_core.types import StepStatus, StepType

MOMENT = datetime(2026, 1, 5, 9, 30, 0, 5, tzinfo=timezone.utc)


@dataclass(frozen=True, eq=False)
class Inner(View):
    kind: StepType
    when: datetime | None


@dataclass(frozen=True, eq=False)
class Outer(View):
    name: str
    status: StepStatus
    inner: list[Inner]
    data: dict[str, Any]
    result: Any = None


@pytest.fixture
def record():
    data = {"list": [1, {"deep": "x"}], "empty": {}, "none": None}
    return Outer(
        "n", StepStatus.COMPLETED, [Inner(StepType.IN_APP, MOMENT), Inner(StepType.DELAY, None)], data, frozen(data)
    )


def test_items_are_the_json_form_and_attributes_are_not(record):
    assert record.status is StepStatus.COMPLETED
    assert type(record["status"]) is str
    assert record["inner"] == [
        {"kind": "in_app", "when": "2026-01-05T09:30:00.000005+00:00"},
        {"kind": "delay", "when": None},
    ]
    assert dict(record) == {**record} == record.to_json()
    assert list(record) == ["name", "status", "inner", "data", "result"]
    assert (len(record), "name" in record, "nothing" in record, record.get("nothing")) == (5, True, False, None)
    with pytest.raises(KeyError):
        record["nothing"]


def test_the_json_form_is_made_of_json_types_alone(record):
    def types(value):
        yield type(value)
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from types(item)

    made = record.to_json()
    assert set(types(made)) == {dict, list, str, int, type(None)}
    assert made == json.loads(json.dumps(made))


def test_whatever_is_done_to_the_json_form_leaves_the_record_alone(record):
    before = json.dumps(record.to_json())
    made = record.to_json()
    made["data"]["list"][1]["deep"] = made["result"]["list"][1]["deep"] = "changed"
    made["inner"][0]["kind"] = "changed"
    made["inner"].clear()
    del made["name"]
    record["data"]["list"].clear()  # an item is such a copy too
    assert json.dumps(record.to_json()) == before
    assert record.data["list"] == [1, {"deep": "x"}]


def test_a_record_is_equal_to_itself_and_a_key_of_dicts(record):
    twin = Outer(record.name, record.status, record.inner, record.data, record.result)
    assert {record: 1, twin: 2}[record] == 1
    with pytest.raises(AttributeError):
        record.name = "other"


@pytest.mark.parametrize(
    ("value", "made"),
    [
        (MOMENT, "2026-01-05T09:30:00.000005+00:00"),
        (MOMENT.astimezone(timezone(timedelta(hours=1))), "2026-01-05T10:30:00.000005+01:00"),
        (StepType.IN_APP, "in_app"),
        ({"a": [StepType.IN_APP, {"b": MOMENT}]}, {"a": ["in_app", {"b": "2026-01-05T09:30:00.000005+00:00"}]}),
        ([], []), (1.5, 1.5), (True, True), (None, None), ("x", "x"), (10**30, 10**30),
    ],
)  # fmt: skip
def test_values_become_json(value, made):
    found = plain(value)
    assert found == made
    assert type(found) is type(made)


def test_a_page_is_its_items_and_the_next_cursor(record):
    page = Page([record, 5], "c")
    assert (list(page), len(page), page.next_cursor) == ([record, 5], 2, "c")
    assert page.to_json() == {"items": [record.to_json(), 5], "next_cursor": "c"}
