"""Files of an e-mail in every store: kept until they are sent, described afterwards."""

from __future__ import annotations

from novu_core.delivery import Attachment
from novu_core.testing import NovuEnvironment
from tests.providers import Failing

ALL_BYTES = bytes(range(256)) * 400


def test_the_bytes_are_the_same_after_a_restart(url, registry, tmp_path):
    path = tmp_path / "all.bin"
    path.write_bytes(ALL_BYTES)

    @registry.workflow("w")
    def w(step):
        step.email("mail", {"subject": "s", "body": "b", "attachments": [{"path": path}]})

    provider = Failing(ConnectionResetError("later"))
    settings = {"NOVU_STORE_URL": url, "NOVU_DELIVERY": {"email": provider}}
    with NovuEnvironment(registry, settings) as env:
        run = env.trigger(w, {"subscriberId": "ada", "email": "ada@example.org"})
        path.unlink()
        if url == "sqlite://":
            env.advance(hours=1)
        store = env.client.engine.parts.store
        if url != "sqlite://":
            [step] = store.steps(run.execution_id)
            assert step.result["attachments"][0].keys() == {"name", "type", "content"}
    if url != "sqlite://":
        with NovuEnvironment(registry, settings) as env:
            env.advance(hours=1)
            [message] = env.client.messages.list()
            assert message.content["attachments"][0]["size"] == len(ALL_BYTES)
            [step] = env.client.engine.parts.store.steps(run.execution_id)
            assert step.result == message.content
    sent = Attachment("all.bin", "application/octet-stream", ALL_BYTES)
    assert [message.attachments for message in provider.asked] == [(sent,)] * 2
