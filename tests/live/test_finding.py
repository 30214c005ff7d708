"""The hub of a client: one in each process, as long as the client lives."""

from __future__ import annotations

import gc
import os

import pytest

from novu_core import Client
from novu_core.live.finding import hub_of
from tests.conftest import until


def made(**settings):
    return Client({"NOVU_SECRET_KEY": "s", "NOVU_WORKER": "none", **settings}, [])


def test_one_hub_a_client_that_ends_with_it():
    with made() as client, made() as other:
        hub = hub_of(client)
        assert hub_of(client) is hub
        assert hub_of(other) is not hub
        assert hub.enter()
        hub.leave()
    assert not hub.enter()
    assert not hub.thread._thread.is_alive()
    assert not hub.desk._thread.is_alive()
    client.close()


def test_a_client_that_nobody_holds_takes_its_hub_along():
    client = made()
    hub = hub_of(client)
    del client
    gc.collect()
    until(lambda: not hub.thread._thread.is_alive() and not hub.desk._thread.is_alive())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_has_a_hub_of_its_own(tmp_path):
    with made(NOVU_STORE_URL=f"sqlite:///{tmp_path}/novu.db") as client:
        hub = hub_of(client)
        child = os.fork()
        if child == 0:  # pragma: no cover  # it ends without a word
            mine = hub_of(client)
            ok = mine is not hub and mine.thread._thread.is_alive()
            client.close()
            os._exit(0 if ok and not mine.thread._thread.is_alive() else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert hub.thread._thread.is_alive()
        assert hub.enter()
