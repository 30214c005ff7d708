"""The recorded cases of ``@novu/js`` and ``<Inbox/>``, on every framework."""

from __future__ import annotations

from tests.conformance.inbox.conftest import BOOK
from tests.conformance.inbox.replay import Replay


def test_the_cases_on_postgresql(make_inbox, postgres_url):
    replay = Replay(make_inbox(store_url=postgres_url), BOOK)
    assert {number: found for number in range(len(BOOK["cases"])) if (found := replay.faults(number))} == {}


def test_every_recorded_case_is_answered_as_the_clients_need_it(make_inbox, framework):
    replay = Replay(make_inbox(framework=framework), BOOK)
    found = {number: replay.faults(number) for number in range(len(BOOK["cases"]))}
    assert len(found) == 69
    assert {number: faults for number, faults in found.items() if faults} == {}
