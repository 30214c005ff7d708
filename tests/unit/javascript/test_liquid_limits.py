from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from novu_core.execution.controls import ControlsSyntaxError, compile_controls
from novu_core.javascript.liquid import limits
from novu_core.javascript.liquid import templates as templating


@pytest.fixture(autouse=True)
def _the_interpreters_own_recursion_limit():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)  # other tools of the run raise it
    yield
    sys.setrecursionlimit(limit)


PAYLOAD: dict[str, Any] = {
    "numbers": list(range(10_000)),
    "text": "a" * 100_000,
    "pairs": [[number] for number in range(5_000)],
}

BOMBS = {
    "a huge range": ("{% for i in (1..2000000) %}{{i}}{% endfor %}", "100000 elements"),
    "an endless range": ("{{ (1..99999999999999999999) | size }}", "100000 elements"),
    "loops in loops": ("{% for a in payload.numbers %}{% for b in payload.numbers %}{% endfor %}{% endfor %}", "steps"),
    "loops over a range": ("{% for a in (1..9999) %}{% for b in (1..9999) %}x{% endfor %}{% endfor %}", "steps"),
    "a question for each pair": (
        "{% for a in payload.numbers %}{{ payload.numbers | where_exp: 'x', 'x > 3' | size }}{% endfor %}",
        "steps",
    ),
    "a string that doubles": (
        "{% assign a = 'xx' %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}",
        "characters",
    ),
    "a capture that doubles": (
        "{% assign a = 'xx' %}{% for i in (1..60) %}{% capture a %}{{a}}{{a}}{% endcapture %}{% endfor %}",
        "characters",
    ),
    "an array that doubles": (
        "{% assign a = payload.numbers %}{% for i in (1..60) %}{% assign a = a | concat: a %}{% endfor %}",
        "characters",
    ),
    "an array in itself": (
        "{% assign a = 'x' | split: ',' %}"
        "{% for i in (1..60) %}{% assign b = a %}{% assign a = a | push: b | push: b %}{% endfor %}{{ a | join }}",
        "characters",
    ),
    "replacing each character": ("{{ payload.text | replace: 'a', payload.text | size }}", "characters"),
    "replacing nothing": ("{{ payload.text | replace: '', payload.text | size }}", "characters"),
    "a long separator": ("{{ payload.numbers | join: payload.text | size }}", "characters"),
    "a wide date": ("{{ 1 | date: '%999999999d' }}", "characters"),
    "many filters": ("{{ payload.text " + "| append: 'x' " * 10_000 + "}}", "characters"),
    "deep tags": ("{% if true %}" * 500 + "{% endif %}" * 500, "nests deeper"),
    "deep brackets": ("{{ a" + "[a" * 5_000 + "]" * 5_000 + " }}", "nests deeper"),
    "deep parentheses": ("{{ " + "(" * 5_000 + " }}", "nests deeper"),
    "too many outputs": ("{{a}}" * 60_000, "50000 outputs"),
    "too long": ("{{a}}" + "x" * 1_000_000, "1000000 characters"),
}


@pytest.mark.parametrize(("template", "message"), BOMBS.values(), ids=BOMBS)
def test_bomb_ends_in_an_error_and_in_time(template: str, message: str) -> None:
    began = time.monotonic()
    # A slow machine uses up the time before the count.
    with pytest.raises(ControlsSyntaxError, match=f"{message}|takes longer") as caught:
        compile_controls({"body": template}, {"payload": PAYLOAD})
    assert caught.value.data["name"] in ("ParseError", "RenderError")
    assert time.monotonic() - began < 10


def test_slow_work_ends_when_the_time_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SECONDS", 0.05)
    template = "{% for a in (1..99999) %}{% if payload.pairs contains 'z' %}{% endif %}{% endfor %}"
    with pytest.raises(ControlsSyntaxError, match=r"takes longer than 0\.05 seconds"):
        compile_controls({"body": template}, {"payload": PAYLOAD})


def test_repair_ends_when_the_time_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SECONDS", 0.05)
    with pytest.raises(ControlsSyntaxError, match="takes longer"):
        compile_controls({"body": "{{ payload.v | raw }}"}, {"payload": {"v": 'a "b ' * 100_000}})


def test_deep_values_are_an_error() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(ControlsSyntaxError, match="nested too deep"):
        compile_controls({"body": "{{ payload.deep }}"}, {"payload": {"deep": deep}})


def test_deep_json_in_a_string_is_an_error() -> None:
    with pytest.raises(ControlsSyntaxError) as caught:
        compile_controls({"body": "[" * 3_000 + "]" * 3_000}, {})
    assert caught.value.data == {}


def test_deep_controls_are_an_error() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(ControlsSyntaxError, match=r"can ?not be read"):
        compile_controls({"list": deep}, {})


def test_generous_templates_are_within_the_limits() -> None:
    template = "{% for n in payload.numbers %}{{ n }}:{{ n | times: 2 }},{% endfor %}"
    compiled = compile_controls({"body": template}, {"payload": PAYLOAD})
    assert compiled["body"].endswith("9999:19998,")


def test_parsed_templates_are_kept_but_not_without_bound() -> None:
    templating._cached.cache_clear()
    for _ in range(3):
        compile_controls({"body": "{{ payload.cached }}"}, {})
    assert templating._cached.cache_info().hits == 2
    compile_controls({"body": "{{ payload.cached }}" + "x" * templating.CACHED_TEMPLATE_CHARS}, {})
    assert templating._cached.cache_info().currsize == 1
    assert templating._cached.cache_info().maxsize == templating.CACHED_TEMPLATES


def test_errors_of_parsing_are_raised_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ControlsSyntaxError, match="not closed"):
            compile_controls({"body": "{{ payload.unclosed"}, {})
