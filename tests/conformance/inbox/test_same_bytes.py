"""Every framework answers Novu's browser clients with the same bytes."""

from __future__ import annotations

import re

from novu_core import Registry
from tests.conformance.frameworks.conftest import installed
from tests.conformance.inbox.conftest import BOOK, fill
from tests.conformance.inbox.replay import Replay

MORE = [
    ("GET", "", None), ("GET", "/", None), ("GET", "/nothing%20here?x=%C3%BC&y", None), ("POST", "/session", b"{"), ("PUT", "/session", b"{}"),
    ("OPTIONS", "/notifications", None), ("OPTIONS", "/nope", None), ("HEAD", "/notifications", None), ("TRACE", "/preferences/", None),
    ("PATCH", "/notifications/a%2Fb/read", None), ("PATCH", "/notifications/%ff/read", None), ("PATCH", "/notifications/%00/read", None),
    ("GET", "/notifications?limit=x&tags[]=%ff&data=%00", None), ("GET", "/notifications/count?filters=%5B%7B%22tags%22%3A1%7D%5D", None),
    ("PATCH", "/preferences/%F0%9F%98%80", b"{}"), ("PATCH", "/preferences/a%2Fb/", b"{}"), ("POST", "/notifications/read/", b"[]"),
    ("DELETE", "/notifications//delete", None), ("PROPFIND", "/notifications", None),
]  # fmt: skip


def test_the_recorded_cases_and_more(make_inbox, monkeypatch):
    def walk(framework):
        inbox, answers = make_inbox(fill(Registry()), framework), []
        request = inbox.api.request

        def noted(method, path, **options):
            answer = request(method, path, **options)
            names = ("content-type", "allow", "www-authenticate", "cache-control")
            kept = {name: value for name, value in answer.headers.items() if name in names}
            told = re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"ID", answer.body)
            answers.append((method, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", path), answer.status, kept, told))
            return answer

        monkeypatch.setattr(inbox.api, "request", noted)
        start = inbox.clock.now()
        replay = Replay(inbox, BOOK)
        for number in range(len(BOOK["cases"])):
            assert not replay.faults(number)
        for method, path, raw in MORE:
            for who in ("ada", None):
                inbox.ask(who, method, path, raw=raw)
        inbox.clock.set(start)
        return answers

    expected = walk("flask")
    assert len(expected) == 69 + 2 * len(MORE)
    for name in installed():
        for flask, other in zip(expected, walk(name), strict=True):
            assert flask == other, name
