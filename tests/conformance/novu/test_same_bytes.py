"""Every framework answers Novu's clients with the same bytes."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from novu_core import Registry, SystemClock
from tests.conformance.frameworks.conftest import KEY, MAKERS, installed
from tests.conformance.novu.conftest import BOOK, NovuApi, fill
from tests.conformance.novu.replay import Replay

MORE = [
    ("GET", "/v1/nothing%20here?x=%C3%BC&y", None), ("POST", "/v2/subscribers", b"{"), ("PATCH", "/v2/layouts/x", b"{}"),
    ("OPTIONS", "/v2/topics", None), ("HEAD", "/v2/workflows", None), ("TRACE", "/v1/messages/", None), ("GET", "/v2", None),
    ("POST", "/v1/events/trigger/", b'{"name": "welcome", "to": [""]}'), ("GET", "/v2/subscribers/js%2F1/", None),
    ("GET", "/v2/subscribers?limit=nan&email=%00", None), ("DELETE", "/v1/events/trigger/%ff", None), ("GET", "/v2/topics/a//b", None),
]  # fmt: skip


def test_the_recorded_cases_and_more(monkeypatch):
    monkeypatch.setattr(SystemClock, "now", lambda self: datetime(2026, 1, 5, 9, tzinfo=timezone.utc))

    def walk(make):
        api = make(fill(Registry()), {"store_url": "sqlite://", "worker": "none", "debug": False, "secret_key": KEY})
        novu, answers = NovuApi(api), []
        ask = novu.ask

        def noted(*args, **options):
            answer = ask(*args, **options)
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name in ("content-type", "allow", "www-authenticate")
            }
            answers.append((args[:2], answer.status, kept, re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"ID", answer.body)))
            return answer

        monkeypatch.setattr(novu, "ask", noted)
        monkeypatch.setattr(novu, "settle", lambda: None)
        replay = Replay(novu, BOOK)
        replay.patience = 0
        try:
            for case in BOOK["cases"]:
                replay.faults(case)
            for method, path, raw in MORE:
                novu.ask(method, path, raw=raw)
        finally:
            api.novu.close()
        masked = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
        return [((method, masked.sub("ID", path)), *rest) for (method, path), *rest in answers]

    expected = walk(MAKERS["flask"])
    assert len(expected) == 94 + len(MORE)
    for name in installed():
        for flask, other in zip(expected, walk(MAKERS[name]), strict=True):
            assert flask == other, name
