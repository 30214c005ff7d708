"""A database file that is deleted or replaced under a running app: a clear error once, and no silent loss."""

from __future__ import annotations

import os
import shutil

import pytest

from novu_core import Client, Registry, Settings
from novu_core.errors import StoreError


@pytest.fixture
def file(tmp_path):
    return tmp_path / "novu.db"


@pytest.fixture
def client(file):
    registry = Registry()

    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b"})

    with Client(Settings(store_url=f"sqlite:///{file}", worker="none"), registry) as client:
        client.trigger("w", "ada")
        yield client


def delete(file):
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


@pytest.mark.parametrize("use", [lambda client: client.trigger("w", "ada"), lambda client: client.executions.list()])
def test_a_deleted_file_is_told_once_and_a_new_one_is_opened(client, file, use):
    delete(file)
    with pytest.raises(StoreError, match=r"novu.db was deleted or replaced"):
        use(client)
    assert client.executions.list().items == []
    assert client.trigger("w", "ben").status == "completed"
    assert file.exists()
    assert len(client.executions.list()) == 1


def test_a_restored_backup_is_opened(client, file, tmp_path):
    backup = tmp_path / "backup.db"
    shutil.copy(file, backup)
    for suffix in ("-wal", "-shm"):
        shutil.copy(file.with_name(file.name + suffix), backup.with_name(backup.name + suffix))
    client.trigger("w", "ben")
    delete(file)
    for suffix in ("", "-wal", "-shm"):
        os.replace(backup.with_name(backup.name + suffix), file.with_name(file.name + suffix))
    with pytest.raises(StoreError, match="deleted or replaced"):
        client.trigger("w", "cleo")
    client.trigger("w", "dora")
    assert [run.subscriber.subscriber_id for run in client.executions.list()] == ["dora", "ada"]


def test_nothing_is_said_of_a_file_that_stays(client):
    for _ in range(3):
        client.trigger("w", "ada")
    client.engine.parts.store.close()
    assert len(client.executions.list()) == 4


def test_a_run_goes_on_in_the_file_that_it_was_begun_in(file):
    registry = Registry()

    @registry.workflow("w")
    def w(step):
        step.custom("replace", lambda: delete(file) or {"done": True})
        step.in_app("bell", {"body": "b"})

    with Client(Settings(store_url=f"sqlite:///{file}", worker="none"), registry) as client:
        assert client.trigger("w", "ada").status == "completed"
        with pytest.raises(StoreError, match="deleted or replaced"):
            client.trigger("w", "ben")
