from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.javascript.liquid.dateparser import parse_date
from novu_core.javascript.liquid.plurals import pluralize

RECORDED = json.loads(Path(__file__).with_name("liquid_cases.json").read_text("utf-8"))
NOT_AS_V8 = [row for row in RECORDED["dates"] if len(row) == 3]


@pytest.fixture
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the process's time zone cannot be set")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_utc")
@pytest.mark.parametrize("row", RECORDED["dates"], ids=lambda row: ascii(row[0])[:40])
def test_date_is_read_as_by_v8_but_for_odd_texts(row: list[Any]) -> None:
    assert parse_date(row[0]) == row[-1]


def test_few_texts_are_read_otherwise_than_by_v8() -> None:
    assert len(NOT_AS_V8) <= 33
    assert all(ours != recorded for _, recorded, ours in NOT_AS_V8)


@pytest.mark.usefixtures("_utc")
@pytest.mark.parametrize(
    "text",
    [
        "31/12/2024", "2024-13-01", "13.1.24", "Q1 2024", "v2024-01-05", "20240105", "$44.12", "5", "room 12", "10:20",
        "10:20 GMT+0100", "Monday", "May", "in 5 days", "Jan 5 2024 10:20 FOO", "Jan 5 2024 10:20 +99:99", "2024-W10",
        "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "0000-01-01", "Jan \ud800 2024 1 2 3", "1 2 ٣ 2024 ²",
        " " * 300 + "2024-01-05",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_is_not_a_date_for_v8_or_cannot_be_held_is_none(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.usefixtures("_utc")
@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("Fri Jan 05 2024 10:20:30 GMT+0200 (Central European Summer Time)", 8),
        ("Fri Jan 05 2024 10:20:30 GMT-0330 (Newfoundland Standard Time)", 13),
        ("Fri, 05 Jan 2024 10:20:30 EST", 15),
        ("1/5/24, 10:20:30 pm", 22),
        ("2024-01-05 10:20:30.123456", 10),
    ],
)
def test_a_printed_date_is_read_back(text: str, hour: int) -> None:
    milliseconds = parse_date(text)
    assert milliseconds is not None
    assert datetime.fromtimestamp(milliseconds // 1000, timezone.utc).strftime("%Y-%m-%d %H") == f"2024-01-05 {hour:02}"


ODD_WORDS = (
    "2024 1 05 31 0 24:00 12:30:61 5. . , / - + : T Z UTC GMT+3 -0530 EST FOO am PM Jan may ( ) 1e5 inf NaN ² ٣ é "
    "2024-02-30 0000-01-01 9999-12-31T23:59:59Z 240105 202401051020"
)
SOUP = st.lists(st.sampled_from(ODD_WORDS.split()) | st.text(max_size=3), max_size=9)


@settings(max_examples=300, deadline=None)
@given(SOUP, st.sampled_from(["", " "]))
def test_no_text_raises_or_warns(parts: list[str], between: str) -> None:
    found = parse_date(between.join(parts))
    assert found is None or abs(found) < 8.64e15


@pytest.mark.parametrize("text", ["1" * 1_000_000, "1 " * 500_000, "(" * 1_000_000, "Jan " * 250_000])
def test_a_megabyte_is_not_a_date_and_costs_nothing(text: str) -> None:
    started = time.process_time()
    assert parse_date(text) is None
    assert time.process_time() - started < 0.1


def test_only_the_end_of_a_long_word_is_looked_at() -> None:
    started = time.process_time()
    assert pluralize("y" * 1_000_000 + "-city", 2) == "y" * 1_000_000 + "-cities"
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize(("word", "one", "many"), RECORDED["plurals"])
def test_word_is_inflected_as_by_npm(word: str, one: str, many: str) -> None:
    assert (pluralize(word, 1), pluralize(word, 2)) == (one, many)


def test_only_text_can_be_inflected() -> None:
    with pytest.raises(TypeError):
        pluralize(5, 2)  # type: ignore[arg-type] # templates can pass anything
