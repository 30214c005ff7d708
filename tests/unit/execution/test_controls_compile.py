"""Controls are compiled as the peer compiles them."""

from __future__ import annotations

import contextlib
import copy
import json
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.clock import ManualClock
from novu_core.execution.controls import ControlsSyntaxError, compile_controls
from novu_core.javascript.numbers import js_number

RECORDED = json.loads((Path(__file__).parents[1] / "javascript" / "liquid_cases.json").read_text("utf-8"))
SCOPE: dict[str, Any] = RECORDED["scopes"]["main"]

needs_tzset = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the process's time zone cannot be set")


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    set_zone(monkeypatch, "UTC")
    yield monkeypatch
    monkeypatch.undo()
    set_zone(None, "")


def set_zone(monkeypatch: pytest.MonkeyPatch | None, name: str) -> None:
    if monkeypatch:
        monkeypatch.setenv("TZ", name)
    if hasattr(time, "tzset"):
        time.tzset()


def compile_body(text: str, **payload: Any) -> Any:
    return compile_controls({"body": text}, {"payload": payload})["body"]


def as_wire(value: Any) -> Any:
    """Numbers as JavaScript prints them, so that 1 and 1.0 are the same and 1 and true are not."""
    if isinstance(value, dict):
        return {key: as_wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_wire(item) for item in value]
    return ("number", js_number(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


@needs_tzset
@pytest.mark.parametrize("row", RECORDED["controls"], ids=lambda row: json.dumps(row["controls"])[:70])
def test_answer_is_the_peers(row: dict[str, Any], utc: pytest.MonkeyPatch) -> None:
    set_zone(utc, row.get("tz", "UTC"))
    try:
        answer = {"ok": as_wire(compile_controls(row["controls"], RECORDED["scopes"][row["scope"]]))}
    except ControlsSyntaxError as error:
        answer = {"error": error.data}
    assert answer == ({"ok": as_wire(row.get("ours", row["ok"]))} if "ok" in row else {"error": row["error"]})


def test_double_quoted_strings_work_inside_tags() -> None:
    assert compile_body('{{ payload.x | append: "y" }}', x="x") == "xy"
    assert compile_body('{% if payload.x == "Zoé" %}yes{% endif %}', x="Zoé") == "yes"
    assert compile_body("""{{ "it's" }} {{ "a }} b" }} {{ 'say "hi"' }}""") == 'it\'s a }} b say "hi"'


def test_tags_may_span_lines() -> None:
    assert compile_body("{{ payload.x\n  | upcase\n}}", x="x") == "X"
    assert compile_body('{% if payload.x == "x"\r\n\tand payload.x %}yes{% endif %}', x="x") == "yes"
    assert compile_body('{% liquid\n  assign y = payload.x | append: "!"\n\n  # shout\n  echo y\n%}', x="x") == "x!"


def test_control_characters_in_values_and_texts_survive() -> None:
    value = "".join(map(chr, range(0x20))) + "\x7f\u2028"
    assert compile_body("{{ payload.v }}", v=value) == value
    assert compile_body("{{ payload.v }}" + value, v="") == value
    assert compile_body("{{ payload.v }}", v={"a": value}) == "{'a':'" + value.replace("'", "") + "'}"


@pytest.mark.parametrize("value", ["x {", "{", "a { b", 'say "{'])
def test_an_open_brace_at_the_end_does_not_fail(value: str) -> None:
    assert compile_body("{{ payload.v }}", v=value) == value
    assert compile_body(value) == value


def test_no_file_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("s3cret")
    monkeypatch.chdir(tmp_path)
    for tag in ("render", "include", "layout"):
        with pytest.raises(ControlsSyntaxError, match="cannot include files") as caught:
            compile_body(f"{{% {tag} './secret' %}}")
        assert caught.value.data == {"name": "RenderError"}


def test_neither_controls_nor_scope_are_changed() -> None:
    controls = {"body": "{% increment payload %}{% assign subscriber = 1 %}{{ payload.a | push: 1 }}", "list": ["[1]"]}
    scope = {"payload": {"a": [1]}, "subscriber": {"x": 1}}
    before = copy.deepcopy((controls, scope))
    compile_controls(controls, scope)
    assert (controls, scope) == before


def test_controls_without_templates_are_copied() -> None:
    controls: dict[str, Any] = {"a": [{"b": "text", "n": 1.5, "x": float("nan")}], "c": None, "d": True}
    compiled = compile_controls(controls, {})
    assert compiled == {"a": [{"b": "text", "n": 1.5, "x": None}], "c": None, "d": True}
    assert compiled["a"] is not controls["a"]
    assert compiled["a"][0] is not controls["a"][0]


def test_the_clock_tells_what_now_is() -> None:
    clock = ManualClock(datetime(2026, 1, 5, 10, 20, tzinfo=timezone.utc))
    compiled = compile_controls({"body": "{{ 'now' | date: '%Y-%m-%d %H:%M' }}"}, {}, clock=clock)
    assert compiled == {"body": "2026-01-05 10:20"}


def test_errors_say_what_and_where() -> None:
    with pytest.raises(ControlsSyntaxError, match=r"\{% if true %\} is not closed; add \{% endif %\}"):
        compile_body("{% if true %}x")
    with pytest.raises(ControlsSyntaxError, match=r"bar of a filter is expected at '%' in 'a %'"):
        compile_body("{{ a % }}")
    with pytest.raises(ControlsSyntaxError, match=r"not JSON: .* at position \d+"):
        compile_body("{{ payload.v | raw }}", v='a": {b"')


def test_error_can_be_pickled_and_copied() -> None:
    error = copy.copy(ControlsSyntaxError("message", {"name": "ParseError"}))
    assert (error.message, error.data, error.status_code) == ("message", {"name": "ParseError"}, 400)


def test_sample_takes_some_of_the_elements() -> None:
    assert compile_body("{{ payload.l | sample }}", l=["a", "b"]) in ("a", "b")
    assert sorted(compile_body("{{ payload.l | sample: 3 | join: '' }}", l=["a", "b", "c"])) == ["a", "b", "c"]


# The repair counts brackets inside strings, and may act on what is right where one is open.
texts = st.text(st.characters(exclude_characters="[]{}", exclude_categories=["Cs"]))


def test_a_break_in_a_tablerow_leaves_each_further_cell_after_its_first_part() -> None:
    body = "{% tablerow i in (1..3) %}a{{i}}{% if i == 2 %}c{% break %}{% endif %}b{% endtablerow %}z"
    cells = '<td class="col1">a1b</td><td class="col2">a2c</td><td class="col3">a</td>'
    assert compile_body(body) == f'<tr class="row1">{cells}</tr>'  # as liquidjs 10 has it


@settings(max_examples=200, deadline=None)
@given(texts)
def test_any_text_value_is_printed_as_it_is(value: str) -> None:
    assert compile_body("{{ payload.v }}.", v=value) == value + "."


@settings(max_examples=200, deadline=None)
@given(texts.filter(lambda text: "'t." not in text))
def test_any_text_without_brackets_stays_beside_a_template(text: str) -> None:
    assert compile_body(text + "{{ payload.v }}", v="x") == text + "x"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["{{", "}}", "{%", "%}", "payload.x", "'", '"', "|", "if", "for i in", " ", "\\", "["]))
)
def test_any_nonsense_is_compiled_or_refused(pieces: list[str]) -> None:
    with contextlib.suppress(ControlsSyntaxError):
        assert isinstance(compile_body(" ".join(pieces), x=[1]), str)
