"""What hostile templates evaluate is counted, wherever it stands, so that the clock is looked at."""

from __future__ import annotations

import math
from typing import Any

import pytest

from novu_core.javascript.liquid import limits, parser
from novu_core.javascript.liquid.errors import ParseError, RenderError
from novu_core.javascript.liquid.filters import dates
from novu_core.javascript.liquid.limits import Budget
from novu_core.javascript.liquid.parser import Reading, parse
from novu_core.javascript.liquid.tags import TAGS
from novu_core.javascript.liquid.templates import render
from novu_core.javascript.text import utf16_length, utf16_units

MANY = 400
VALUES = {
    "values of a when": "{% case 1 %}{% when " + "s.x," * MANY + "2 %}{% endcase %}",
    "values of many whens": "{% case 1 %}" + "{% when s.x %}" * MANY + "{% endcase %}",
    "arrays of a when": "{% case l %}{% when " + "m," * MANY + "2 %}{% endcase %}",
    "arguments of a filter": "{{ 1 | append: s.x" + ", s.x" * MANY + " }}",
    "named arguments of a filter": "{{ 1 | default: 2" + ", a: s.x" * MANY + " }}",
    "names in brackets": ("{{ a" + "[s.x]" * 9 + " }}") * (MANY // 9),
    "names in brackets of a text": ("{{ 'a'" + "[s.x]" * 9 + " }}") * (MANY // 9),
    "arguments of a loop": "{% for i in (1..1) " + "".join(f"n{n}:s.x " for n in range(MANY)) + "%}{% endfor %}",
    "arguments of a table": "{% tablerow i in l " + "".join(f"n{n}:s.x " for n in range(MANY)) + "%}{% endtablerow %}",
    "conditions": "{% if s.x %}" + "{% elsif s.x %}" * MANY + "{% endif %}",
    "conditions of an unless": "{% unless true %}" + "{% elsif s.x %}" * MANY + "{% endunless %}",
    "operands without operators": "{{ " + "s.x " * MANY + "}}",
    "operands before their operators": "{{ s.x" + " or s.x" * (MANY // 2) + " }}",
    "properties of long texts": "{{ long.x }}" * (MANY // 2),
    "properties of texts in a path": "{{ o.long[0].x }}" * (MANY // 2),
}


@pytest.mark.parametrize("template", VALUES.values(), ids=VALUES)
def test_each_value_of_a_list_of_values_is_counted(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_STEPS", MANY - 50)
    scope: dict[str, Any] = {"s": "\U0001f600", "a": {}, "l": [1, 2], "m": [1, 3], "long": "\U0001f600" * 501}
    scope["o"] = {"long": scope["long"]}
    with pytest.raises(RenderError, match=r"steps|takes longer"):
        render(template, scope, Budget())


TEXTS = {
    "an expression": "{% assign q = e | where_exp: 'x', t %}",
    "an expression to group by": "{% assign q = e | group_by_exp: 'x', t %}",
    "an expression to find by": "{% assign q = e | find_index_exp: 'x', t %}",
    "a property": "{% assign q = e | reject: t %}",
    "a property to ask for": "{% assign q = e | has: t %}",
    "a property to group by": "{% assign q = e | group_by: t %}",
}


@pytest.mark.parametrize("template", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("text", ["a " * 60_000, "a>" * 60_000, "a[a]" * 30_000], ids=["values", "operators", "names"])
def test_a_text_that_is_read_as_an_expression_is_counted(template: str, text: str) -> None:
    with pytest.raises(RenderError, match=r"steps|takes longer"):
        render(template, {"e": [], "t": text}, Budget())


def test_short_expressions_cost_little() -> None:
    budget = Budget()
    render("{% assign q = e | where: 'price' | where_exp: 'x', 'x.price > 3' %}", {"e": []}, budget)
    assert budget._steps < 8


@pytest.mark.parametrize("directive", ["%d", "%%", "%-H", "%Z"])
def test_directives_of_a_date_are_counted(directive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_STEPS", MANY)
    with pytest.raises(RenderError, match=r"steps|takes longer"):
        render("{{ 1 | date: t }}", {"t": directive * (MANY + 9)}, Budget())


OUTPUTS = {
    "long texts": ("{{ t }}", {"t": "x" * 600}),
    "long arrays": ("{{ t }}", {"t": [1] * 600}),
    "long objects": ("{{ o.t }}", {"o": {"t": {"a": "x" * 600}}}),
    "properties of long texts": ("{{ t.x }}", {"t": "x" * 600}),
    "units of long texts": ("{{ t[0] }}", {"t": "\U0001f600" * 600}),
}


@pytest.mark.parametrize(("output", "scope"), OUTPUTS.values(), ids=OUTPUTS)
def test_the_clock_is_looked_at_amid_outputs_side_by_side(
    output: str, scope: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = Budget()
    looks: list[None] = []
    monkeypatch.setattr(budget, "check_time", lambda: looks.append(None))
    render(output * 16, scope, budget)
    assert len(looks) >= 4


def test_the_zones_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    dates._is_zone.cache_clear()
    looked: list[str] = []

    def zones() -> set[str]:
        looked.append("")
        return {"Europe/Paris"}

    monkeypatch.setattr(dates, "available_timezones", zones)
    monkeypatch.setenv("TZ", "Europe/Paris")
    for pattern in ("%Z", "%Z %Z %Z", "at %-Z"):
        assert render("{{ 1 | date: t }}", {"t": pattern}, Budget()).count("Europe/Paris") == pattern.count("Z")
    assert len(looked) == 1
    dates._is_zone.cache_clear()


def test_names_of_cycles_are_counted_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CHARS", 20_000)
    cycle = "{% cycle i: " + "x" * 1_000 + " %}"
    assert render("{% for n in (1..999) %}" + cycle + "{% endfor %}", {}, Budget()) == ""
    for numbered in (
        "{% for i in (1..99) %}",
        "{% assign s = 'abcdefghijklmnopqrstuvwxyz' | split: '' %}{% for i in s %}",
    ):
        with pytest.raises(RenderError, match="characters"):
            render(numbered + cycle + "{% endfor %}", {}, Budget())


@pytest.mark.parametrize("name", [[""] * 9_999, [["x" * 9_999]], ["y" * 5_000] * 2])
def test_arrays_as_names_are_counted_as_the_text_that_they_make(name: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CHARS", 50_000)
    with pytest.raises(RenderError, match="characters"):
        render("{{ a" + "[b]" * 9 + " }}", {"a": {}, "b": name}, Budget())


@pytest.mark.parametrize(
    "text",
    ["", "plain", "Zoë", "\uffff", "a\U0001f600b", "\U00010000\U0010ffff", "\ud83d\ude00", "\ud83d\U0001f600\ude00x"],
)
def test_a_text_is_as_long_as_its_units(text: str) -> None:
    assert utf16_length(text) == len(utf16_units(text))
    assert (
        render("{{ t.length }} {{ t.size }}", {"t": text}, Budget())
        == f"{len(utf16_units(text))} {len(utf16_units(text))}"
    )


WORK = {
    "operands": "{{ " + "a " * 9_000 + "}}",
    "operators": "{{ a" + ">a" * 9_000 + "}}",
    "arguments": "{% for x in a " + "a:1 " * 20_000 + "%}{% endfor %}",
    "outputs": "{{ a }}" * 3_000,
    "lines": "{% liquid " + "echo a\n" * 3_000 + "%}",
    "a name of a file": "{% render '" + "{{ a }}" * 3_000 + "' %}",
}


@pytest.mark.parametrize("template", WORK.values(), ids=WORK)
def test_parsing_ends_when_the_time_is_used_up(template: str) -> None:
    budget = Budget()
    budget._deadline = 0
    with pytest.raises(RenderError, match="takes longer"):
        parse(template * 2, TAGS, Reading(budget))
    budget._deadline = math.inf
    parse(template * 2, TAGS, Reading(budget))


@pytest.mark.parametrize(
    "template",
    [
        "{% liquid " + "#\n" * 400 + "%}{% liquid " + "#\n" * 400 + "%}",
        "{% liquid " + "echo\n" * 190 + "%}" + "{{a}}" * 400,
        "{% render '" + "{{a}}" * 180 + "' %}" + "{{a}}" * 400,
    ],
    ids=["comments", "echoes", "a name of a file"],
)
def test_what_is_parsed_within_a_tag_counts_too(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "MAX_TOKENS", 500)
    with pytest.raises(ParseError, match="500 outputs"):
        parse(template, TAGS)


@pytest.mark.parametrize("tag", ["{{ %s }}", "{%% if %s %%}{%% endif %%}", "{%% liquid echo %s %%}"])
def test_a_tag_is_of_limited_length(tag: str) -> None:
    for text in ("a " * 50_000, "a>" * 50_000 + "a", "'" + "x" * 100_000 + "'"):
        with pytest.raises(ParseError, match="100000 characters"):
            parse(tag % text, TAGS)
    parse("x" * 200_000 + "{% raw %}" + "a " * 60_000 + "{% endraw %}", TAGS)
