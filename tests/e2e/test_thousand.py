"""A thousand threads at once on one store."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from novu_core import Client, Registry, Settings
from novu_core.delivery import Outbox


@pytest.mark.mission("P-SC-002")
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_thousand_threads_that_trigger_at_once_all_complete(tmp_path, request, store):
    url = f"sqlite:///{tmp_path}/novu.db" if store == "sqlite" else request.getfixturevalue("postgres_url")
    registry, outbox, start, results = Registry(), Outbox(), threading.Barrier(1000), []

    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b"})
        step.email("mail", {"subject": "s", "body": "b"})

    def work(number):
        start.wait()
        results.append(novu.trigger(w, {"subscriberId": f"u{number % 50}", "email": "u@example.org"}).status)

    with Client(Settings(store_url=url, worker="none"), registry, delivery=outbox) as novu:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(1000)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert Counter(results) == {"completed": 1000}
        assert Counter(message.subscriber_id for message in outbox) == {f"u{number}": 20 for number in range(50)}
        assert sum(novu.inbox(f"u{number}").count() for number in range(50)) == 1000
