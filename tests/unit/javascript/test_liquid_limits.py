from __future__ import annotations

import sys
import time
import tracemalloc
from typing import Any

import pytest

from novu_core.execution.controls import ControlsSyntaxError, check_controls, compile_controls
from novu_core.javascript.liquid import limits
from novu_core.javascript.liquid import templates as templating


@pytest.fixture(autouse=True)
def _the_interpreters_own_recursion_limit():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)  # other tools of the run raise it
    yield
    sys.setrecursionlimit(limit)


def nested(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = [value]
    return value


PAYLOAD: dict[str, Any] = {
    "numbers": list(range(10_000)),
    "text": "a" * 100_000,
    "pairs": [[number] for number in range(5_000)],
    "words": ["a" * 10] * 10_000,
    "objects": [{"a": {"a": "x"}} for _ in range(10_000)],
    "path": "a." * 200_000,
    "zeros": "0." * 200_000,
    "deep": nested(list(range(300_000)), 59),
    "wide": {"a": [{"b": [[number] for number in range(50_000)]}]},
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
    "a long comma of a range": (
        "{{ (1..99999) | toSentence: '', 999999, 'x', '" + "c" * 20_000 + "' }}",
        "characters",
    ),
    "a long comma": ("{{ payload.numbers | toSentence: '', 999999, 'x', payload.text }}", "characters"),
    "a long comma of names": ("{{ payload.objects | toSentence: 'a.a', 9999, 'x', payload.text }}", "characters"),
    "a long separator of a digest": ("{{ payload.numbers | digest: 99999, '', payload.text }}", "characters"),
    "a long path": ("{{ payload.numbers | map: payload.path | size }}", "steps"),
    "a long path that never ends": ("{{ payload.words | map: payload.zeros | size }}", "steps"),
    "a long path to sort by": ("{{ payload.objects | sort: payload.path | size }}", "steps"),
    "a long path to sort text by": ("{{ payload.words | sort_natural: payload.zeros | size }}", "steps"),
    "a long path to add up": ("{{ payload.words | sum: payload.zeros }}", "steps"),
    "a long path to ask for": ("{{ payload.words | where: payload.zeros | size }}", "steps"),
    "a long path to group by": ("{{ payload.words | group_by: payload.zeros | size }}", "steps"),
    "a long path of a digest": ("{{ payload.objects | digest: 2, payload.path }}", "steps"),
    "a long path of a sentence": ("{{ payload.objects | toSentence: payload.path }}", "steps"),
    "deep JSON, indented": ("{{ payload.deep | json: 10 | size }}", "characters"),
    "deep JSON, indented by text": ("{{ payload.deep | jsonify: '          ' | size }}", "characters"),
    "wide JSON, indented": ("{{ payload.wide | inspect: 10 | size }}", "characters"),
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


@pytest.mark.parametrize(
    "template",
    [
        "{{ (1..99999) | toSentence: '', 999999, 'x', '" + "c" * 20_000 + "' }}",
        "{{ payload.numbers | toSentence: '', 999999, 'x', payload.text }}",
        "{{ payload.deep | json: 10 | size }}",
        "{{ payload.deep | jsonify: 10 | size }}",
    ],
)
def test_what_is_too_long_is_not_built_first(template: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ControlsSyntaxError, match="characters"):
            compile_controls({"body": template}, {"payload": PAYLOAD})
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_outputs_side_by_side_are_not_all_built_first() -> None:
    scope = {"payload": {"texts": ["x" * 700_000]}}
    tracemalloc.start()
    try:
        with pytest.raises(ControlsSyntaxError, match="characters"):
            compile_controls({"body": "{{ payload.texts }}" * 16}, scope)
        assert tracemalloc.get_traced_memory()[1] < 17_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "template",
    [
        "{{ " + "\\" * 40_000 + " }}",
        "{{ a " + "\\" * 400_000,
        "{{ '" + "\\" * 400_000,
        '{{ "' + "\\" * 400_000 + "x }}",
        "{% if " + "\\" * 400_000 + " %}",
        "{% raw %}" + "{%endraw" * 100_000,
        "{% raw %}" + "{%endraw" * 100_000 + "{% x %}",
    ],
    ids=range(7),
)
def test_a_template_that_cannot_be_read_is_refused_at_once(template: str) -> None:
    for refuse in (check_controls, lambda controls: compile_controls(controls, {})):
        began = time.thread_time()
        with pytest.raises(ControlsSyntaxError):
            refuse({"body": template})
        assert time.thread_time() - began < 1


def test_the_last_part_of_a_long_text_is_found_in_linear_time() -> None:
    scope = {"payload": {"text": "a" * 400_000, "part": "b" + "a" * 200_000}}
    compiled = compile_controls({"body": "{{ payload.text | remove_last: payload.part | size }}"}, scope)
    assert compiled == {"body": "400000"}


def test_ordinary_lists_of_thousands_of_elements_are_within_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SECONDS", 60)  # this is about what is counted, on a machine of any speed
    items = [{"user": {"name": f"user {number}", "tags": ["a", "b"]}, "price": number} for number in range(5_000)]
    template = (
        "{{ payload.items | map: 'user.name' | size }} {{ payload.items | sum: 'price' }} "
        "{{ payload.items | digest: 2, 'user.name' }} {{ payload.items | toSentence: 'user.name', 1 }} "
        "{{ payload.items | sort: 'price' | last | json: 2 | size }} {{ payload.items | json: 2 | size }}"
    )
    words = compile_controls({"body": template}, {"payload": {"items": items}})["body"]
    assert words.startswith("5000 12497500 user 0, user 1 and 4998 others user 0 and 4999 others ")


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


def test_generous_templates_are_within_the_limits(monkeypatch) -> None:
    monkeypatch.setattr(limits, "MAX_SECONDS", 60)  # under a tracer, on a busy machine
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


@pytest.mark.parametrize(
    "template",
    ["{{ a }}" * 140 + "%d", "{{ a" + ">a" * 500 + " }}%d", "{%% liquid " + "echo a\n" * 140 + "%%}%d"],
    ids=["outputs", "operators", "lines"],
)
def test_parsed_templates_that_take_much_memory_are_few(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templating, "CACHED_TAG_CHARS", 5_000)
    templating._cached.cache_clear()
    templating._kept.tag_chars = 0
    for number in range(20):
        templating._cached(template.replace("%d", str(number)).replace("%%", "%"))
        assert 0 < templating._cached.cache_info().currsize <= 5
    templating._cached.cache_clear()


def test_parsed_templates_that_are_mostly_text_are_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templating, "CACHED_TAG_CHARS", 5_000)
    templating._cached.cache_clear()
    templating._kept.tag_chars = 0
    for number in range(50):
        templating._cached("<p>" * 5_000 + "{{ payload.name }}" + str(number))
    assert templating._cached.cache_info().currsize == 50
    templating._cached.cache_clear()


def test_errors_of_parsing_are_raised_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ControlsSyntaxError, match="not closed"):
            compile_controls({"body": "{{ payload.unclosed"}, {})
