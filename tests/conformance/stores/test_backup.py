"""A copy of a store that is in use, and what it is restored to."""

from __future__ import annotations

import os
import stat

import pytest

from novu_core.errors import ConfigurationError, StoreError
from novu_core.testing import NovuEnvironment


@pytest.fixture
def slow(registry):
    @registry.workflow("slow")
    def slow(step):
        step.delay("wait", {"amount": 1, "unit": "days"})
        step.email("mail", {"subject": "s", "body": "b"})

    return slow


def test_a_backup_is_restored_and_its_runs_go_on(env, slow, url, tmp_path):
    run = env.trigger(slow, {"subscriberId": "ada", "email": "ada@example.org"})
    file = tmp_path / "copy's.db"
    if url.startswith("postgresql"):
        with pytest.raises(ConfigurationError, match="pg_dump"):
            env.client.backup(file)
        assert not file.exists()
        return
    assert env.client.backup(str(file)) == file.stat().st_size
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    env.client.executions.cancel(run.execution_id)
    with NovuEnvironment(workflows=[slow], settings={"NOVU_STORE_URL": f"sqlite:///{file}"}) as restored:
        assert restored.client.executions.get(run.execution_id).waiting_for == "delay"
        restored.advance(days=2)
        assert [mail.to for mail in restored.outbox.email] == ["ada@example.org"]
    assert env.client.executions.get(run.execution_id).outcome == "canceled"


def test_nothing_is_overwritten(env, url, tmp_path):
    if url.startswith("postgresql"):
        pytest.skip("it has its own tool")
    file = tmp_path / "mine.txt"
    file.write_text("mine")
    with pytest.raises(StoreError, match="exists"):
        env.client.backup(file)
    assert file.read_text() == "mine"
    with pytest.raises(StoreError, match="No such file"):
        env.client.backup(tmp_path / "no" / "copy.db")


def test_a_copy_that_fails_leaves_no_file(env, url, tmp_path, monkeypatch):
    if url.startswith("postgresql"):
        pytest.skip("it has its own tool")

    def full(work, **options):
        raise StoreError("the disk is full")

    monkeypatch.setattr(env.client.engine.parts.store.database, "read", full)
    with pytest.raises(StoreError, match="full"):
        env.client.backup(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
