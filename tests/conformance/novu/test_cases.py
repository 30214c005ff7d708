"""Every recorded request of Novu's own clients, in order, on every framework."""

from __future__ import annotations

from tests.conformance.novu.conftest import BOOK, fill
from tests.conformance.novu.replay import Replay


def test_every_recorded_case_is_answered_as_the_clients_need_it(framework, make_novu, registry):
    novu = make_novu(fill(registry), framework, delivery={"email": "console://"})
    replay = Replay(novu, BOOK)
    faults = {case["name"]: found for case in BOOK["cases"] if (found := replay.faults(case))}
    assert len(BOOK["cases"]) == 94
    assert faults == {}


def test_the_cases_on_postgresql(make_novu, registry, postgres_url):
    novu = make_novu(fill(registry), store_url=postgres_url, delivery={"email": "console://"})
    replay = Replay(novu, BOOK)
    assert {case["name"]: found for case in BOOK["cases"] if (found := replay.faults(case))} == {}
