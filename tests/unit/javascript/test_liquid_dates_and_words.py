from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from novu_core.javascript.liquid.dateparser import parse_date
from novu_core.javascript.liquid.plurals import pluralize

RECORDED = json.loads(Path(__file__).with_name("liquid_cases.json").read_text("utf-8"))


@pytest.fixture
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the process's time zone can not be set")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_utc")
@pytest.mark.parametrize(("text", "milliseconds"), RECORDED["dates"], ids=lambda value: ascii(value)[:40])
def test_date_is_read_as_by_v8(text: str, milliseconds: int | None) -> None:
    assert parse_date(text) == milliseconds


@pytest.mark.parametrize(("word", "one", "many"), RECORDED["plurals"])
def test_word_is_inflected_as_by_npm(word: str, one: str, many: str) -> None:
    assert (pluralize(word, 1), pluralize(word, 2)) == (one, many)


def test_only_text_can_be_inflected() -> None:
    with pytest.raises(TypeError):
        pluralize(5, 2)  # type: ignore[arg-type] # templates can pass anything
