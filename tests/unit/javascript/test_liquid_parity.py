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
