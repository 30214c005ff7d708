"""``GET /health?ready``: whether the store answers and a worker lives."""

from __future__ import annotations

import pytest

from novu_core.engine.presence import Presence
from novu_core.errors import StoreError
from novu_core.http.rest import readiness


@pytest.fixture(autouse=True)
def asked_each_time(monkeypatch):
    monkeypatch.setattr(readiness, "_KEPT", 0.0)


def test_it_is_ready_once_a_worker_lives(make_api, bell):
    api = make_api(bell)
    found = api.get("/health?ready")
    assert (found.status, found.json) == (503, {"status": "unready", "store": True, "worker": False})
    Presence(api.novu.engine.parts).look()
    found = api.get("/health?ready")
    assert (found.status, found.json) == (200, {"status": "ready", "store": True, "worker": True})
    assert found.headers["cache-control"] == "no-store"
    assert api.get("/health?ready=").status == 200
    assert "discovered" in api.get("/health").json


def test_without_the_key_it_is_yes_or_no(make_api, bell):
    api = make_api(bell, secret_key="key", strict_authentication=True)
    assert api.get("/health?ready").json == {"status": "unready"}
    assert api.get("/health?ready", headers={"Authorization": "ApiKey wrong"}).json == {"status": "unready"}
    told = api.get("/health?ready", headers={"Authorization": "ApiKey key"}).json
    assert told == {"status": "unready", "store": True, "worker": False}


def test_a_store_that_does_not_answer_is_a_no(make_api, bell, monkeypatch):
    api = make_api(bell)

    def away(work, **options):
        raise StoreError("away")

    monkeypatch.setattr(api.novu.engine.parts.store.database, "read", away)
    found = api.get("/health?ready")
    assert (found.status, found.json) == (503, {"status": "unready", "store": False, "worker": False})


def test_where_novu_runs_nothing_is_needed_here(make_api, bell):
    api = make_api(bell, dispatch="cloud", secret_key="key")
    assert api.get("/health?ready").status == 200


def test_the_store_is_asked_once_a_second_at_most(make_api, bell, monkeypatch):
    monkeypatch.setattr(readiness, "_KEPT", 3600.0)
    api = make_api(bell)
    assert api.get("/health?ready").status == 503
    Presence(api.novu.engine.parts).look()
    assert api.get("/health?ready").status == 503
