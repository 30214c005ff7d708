"""Corners of Liquid, with the answers of liquidjs 10.30.1."""

from __future__ import annotations

from typing import Any

import pytest

from novu_core.javascript.liquid.limits import Budget
from novu_core.javascript.liquid.templates import render


def shown(template: str, **scope: Any) -> str:
    return render(template, scope, Budget())


def row(*cells: str) -> str:
    columns = [f'<td class="col{column}">{cell}</td>' for column, cell in enumerate(cells, 1)]
    return f'<tr class="row1">{"".join(columns)}</tr>'


LOOP = "{% for y in (1..2) %}{{y}}{% endfor %}"
CELLS = {
    LOOP + "A{% break %}B": row("12A", "12A", "12A"),
    LOOP + "A{{x}}C" + LOOP + "{% continue %}B": row("12A1C12", "12A2C12", "12A3C12"),
    "{% if true %}" + LOOP + "M{% endif %}A{% break %}B": row("12MA", "12MA", "12MA"),
    "{% capture c %}" + LOOP + "l{{x}}{% endcapture %}{{c}}A{% break %}": row("12l1A", "12l2A", "12l3A"),
    "T" + LOOP + "A{% break %}B": row("T12A", "T", "T"),
    "{{x}}{{x}}" + LOOP + "A{% break %}B": row("1112A", "2", "3"),
}


@pytest.mark.parametrize(("body", "cells"), CELLS.items())
def test_a_cell_with_a_break_on_its_way_has_what_a_loop_that_takes_it_lets_through(body: str, cells: str) -> None:
    assert shown("{% tablerow x in (1..3) %}" + body + "{% endtablerow %}") == cells


def test_a_later_branch_of_a_case_goes_on_behind_a_loop_that_takes_the_break() -> None:
    branches = "{% when 1 %}{% break %}{% when 1 %}" + LOOP + "B"
    assert shown("{% for i in (1..2) %}{% case 1 %}" + branches + "{% endcase %}C{% endfor %}") == "12BC12BC"


OBJECT = "[object Object]"


@pytest.mark.parametrize(
    ("name", "key"),
    [([1], "1"), ([], ""), ([1, [2, None]], "1,2,"), ({"q": 1}, OBJECT), ([{}], OBJECT), (1, "1"), (True, "true")],
)
def test_whatever_stands_in_brackets_is_a_name(name: Any, key: str) -> None:
    scope = {"a": {key: "x", "c": {key: "y", "d": {key: {"e": "z"}}}}, key: "w", "b": name}
    assert shown("{{ a[b] }}|{{ a.c[b] }}|{{ a.c.d[b].e }}", **scope) == "x|y|z"
    assert shown("{{ [b] }}|{{ e[b] }}|{{ a.none[b] }}", **scope) == "w||"


def test_an_array_of_one_index_reads_an_element() -> None:
    assert shown(
        "{{ l[i] }} {{ t[i] }} {{ 'text'[i] }} {{ a[i][i] }}", l="pq", t="text", i=[0], a={"0": {"0": "u"}}
    ) == ("p t t u")
    assert shown("{{ l[i] }}", l=["p", "q"], i=[1]) == "q"
