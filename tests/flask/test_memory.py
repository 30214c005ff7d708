"""Apps and requests leave nothing behind."""

from __future__ import annotations

import gc
import tracemalloc
import weakref

import pytest
from flask import Flask

from flask_novu import Novu
from tests.flask.conftest import execute


def test_an_app_that_nobody_holds_is_collected(registry):
    app = Flask("gone")
    app.testing = True
    Novu(app, workflows=registry, worker="none")
    assert execute(app).status_code == 200
    app.extensions["novu"].close()
    gone = weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None


@pytest.mark.mission("D0-8")
@pytest.mark.parametrize("route", ["health", "execute"])
def test_ten_thousand_requests_leave_no_memory_behind(make_app, tmp_path, route):
    app = make_app(store_url=f"sqlite:///{tmp_path}/novu.db")
    client = app.test_client()

    def requests(count):
        for _ in range(count):
            if route == "health":
                assert client.get("/api/novu/health").status_code == 200
            else:
                assert client.post("/api/novu/workflows/hello/execute", json={"to": "ada"}).status_code == 200

    requests(500)
    gc.collect()
    tracemalloc.start()
    requests(250)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    requests(9_250)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000


@pytest.mark.mission("D0-8")
def test_many_requests_leave_no_memory(make_app):
    client = make_app().test_client()
    for _ in range(200):
        client.get("/api/novu/health")
    gc.collect()
    tracemalloc.start()
    for _ in range(2000):
        client.get("/api/novu/health")
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 200_000
