"""Files of an e-mail: read once, kept until they are sent, the same bytes for every attempt, and never from outside."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from novu_core.delivery import Attachment, Console, Message
from novu_core.errors import StoreRefusedError, ValidationError
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.engine.mails.conftest import PDF
from tests.providers import Failing, Recording

SENT = Attachment("invoice.pdf", "application/pdf", PDF)
KEPT = {
    "name": "invoice.pdf",
    "type": "application/pdf",
    "size": len(PDF),
    "sha256": hashlib.sha256(PDF).hexdigest(),
}


@pytest.mark.parametrize("kind", [str, Path])
def test_every_attempt_sends_what_the_file_held_when_the_output_was_made(env_with, invoice, pdf, kind):
    provider = Failing(ConnectionResetError("once"), ConnectionResetError("twice"))
    env = env_with(provider)
    run = env.trigger(invoice([{"path": kind(pdf)}]), ADA)
    assert run.status == "running"
    pdf.write_bytes(b"changed")
    env.advance(minutes=5)
    pdf.unlink()
    env.advance(hours=1)
    assert env.client.executions.get(run.execution_id).status == "completed"
    assert [message.attachments for message in provider.asked] == [(SENT,)] * 3


def test_a_worker_that_takes_over_sends_the_same_bytes(env_with, invoice, pdf):
    provider = Failing(SystemExit(137), timeout=None)
    env = env_with(provider)
    with pytest.raises(SystemExit):
        env.trigger(invoice([{"path": pdf}]), ADA)
    pdf.unlink()
    env.advance(minutes=5)
    [run] = env.client.executions.list()
    assert run.status == "completed"
    assert [message.attachments for message in provider.asked] == [(SENT,)] * 2


def test_a_redrive_sends_the_same_bytes(env_with, invoice, pdf):
    provider = Failing(ValueError("no"))
    env = env_with(provider)
    run = env.trigger(invoice([{"path": pdf}]), ADA)
    assert run.status == "failed"
    pdf.unlink()
    assert env.client.executions.retry(run.execution_id).status == "completed"
    assert provider.sent[0].attachments == (SENT,)


def test_a_mail_that_was_sent_and_could_not_be_recorded_keeps_its_files(env_with, invoice, pdf, monkeypatch):
    env = env_with(provider := Recording())
    store, refused = env.client.engine.parts.store, []
    commit = store.commit

    def refusing(*changes, **options):
        if provider.sent and not refused:
            refused.append(changes)
            raise StoreRefusedError("no")
        return commit(*changes, **options)

    invoice = invoice([{"path": pdf}])
    [run] = env.trigger(invoice, ADA, wait=False).executions
    monkeypatch.setattr(store, "commit", refusing)
    env.advance()
    assert env.client.executions.get(run.execution_id).status == "failed"
    pdf.unlink()
    assert env.client.executions.retry(run.execution_id).status == "completed"
    assert [message.attachments for message in provider.sent] == [(SENT,)] * 2


def test_what_was_sent_is_described_and_kept_no_longer(registry, invoice, pdf, tmp_path):
    database = tmp_path / "novu.db"
    settings = {"NOVU_STORE_URL": f"sqlite:///{database}", "NOVU_DELIVERY": {"email": Recording()}}
    given = [{"path": pdf}, {"content": b"x" * 5000, "name": "x.bin", "cid": "x"}]
    own = {"smtp": {"attachments": [{"content": b"y" * 5000, "name": "y.bin"}]}}
    with NovuEnvironment(registry, settings) as env:
        run = env.trigger(invoice(given, providers=own), ADA)
        content = run.step_results["mail"]
        assert content["attachments"][0] == KEPT
        assert [(it.get("cid"), it["size"], "content" in it) for it in content["attachments"]] == [
            (None, len(PDF), False),
            ("x", 5000, False),
        ]
        [described] = content["_providers"]["smtp"]["attachments"]
        assert (described["size"], "content" in described) == (5000, False)
        [message] = env.client.messages.list()
        assert message.content == content
        assert env.client.executions.get(run.execution_id).step_results["mail"] == content
        [step] = env.client.engine.parts.store.steps(run.execution_id)
        assert step.result == content


def test_all_recipients_of_a_step_are_one_message(env_with, registry):
    @registry.workflow("w")
    def w(step):
        step.email("mail", {"subject": "s", "body": "b", "cc": ["a@b.c", "d@e.f"], "bcc": "g@h.i"})

    provider = Recording()
    env = env_with(provider)
    env.trigger(w, ADA)
    [message] = env.client.messages.list()
    assert (message.to, len(provider.sent)) == ("ada@example.org", 1)


def test_attachments_of_ones_own_class_and_none_at_all(env, invoice):
    assert env.trigger(invoice([SENT]), ADA).status == "completed"
    assert env.trigger(invoice(None, "none"), ADA).status == "completed"
    assert [mail.attachments for mail in env.outbox.email] == [(SENT,), ()]


def test_other_channels_have_keys_of_their_own(env, registry):
    @registry.workflow("w")
    def w(step):
        step.sms("text", {"body": "b", "attachments": ["https://example.org/a.png"]})

    assert env.trigger(w, {**ADA, "phone": "+15550100"}).status == "completed"
    assert env.outbox.sms[0].content["attachments"] == ["https://example.org/a.png"]


@pytest.mark.parametrize("attachments", [[{"content": b"x" * 5000, "name": "a.bin"}], "x.pdf"])
def test_the_console_prints_no_files(attachments):
    printed = io.StringIO()
    subscriber = SimpleNamespace(subscriber_id="ada")
    content = {"subject": "s", "body": "b", "attachments": attachments}
    now = datetime(2026, 1, 5, tzinfo=timezone.utc)
    Console(printed).send(Message("email", "a@b.c", subscriber, content, "k", "e", "s", "w", now))
    assert len(printed.getvalue()) < 400
    assert ("a.bin" in printed.getvalue()) or ("x.pdf" in printed.getvalue())


def test_what_the_code_chooses_is_read(env, invoice, pdf):
    attach = lambda payload: [{"path": payload["path"]}]  # noqa: E731  # as code of users is
    assert env.trigger(invoice(attach), ADA, {"path": str(pdf), "files": [{"path": "/other"}]}).status == "completed"
    assert env.outbox.email[0].attachments == (SENT,)


def test_files_of_a_payload_are_base64(env, invoice):
    payload = {"files": [{"file": "aGk=", "name": "a.txt", "mime": "text/plain"}]}
    assert env.trigger(invoice(lambda payload: payload["files"]), ADA, payload).status == "completed"
    assert env.outbox.email[0].attachments == (Attachment("a.txt", "text/plain", b"hi"),)


@pytest.fixture
def plain(registry):
    @registry.workflow("plain")
    def plain(step):
        step.email("mail", {"subject": "s", "body": "b"})

    return plain


@pytest.mark.parametrize("given", [{"content": PDF, "name": "invoice.pdf"}, {"path": "pdf"}])
def test_a_trigger_may_bring_bytes_and_paths_of_its_own_code(env, plain, pdf, given):
    attachment = {**given, "path": pdf} if "path" in given else given
    run = env.trigger(plain, ADA, overrides={"email": {"attachments": [attachment]}}, wait=False)
    pdf.unlink()
    env.advance()
    assert env.client.executions.get(run.executions[0].execution_id).status == "completed"
    assert env.outbox.email[0].attachments == (SENT,)


@pytest.mark.parametrize(
    ("attachments", "path", "told"),
    [
        ([{"path": "/etc/hostname"}], "/overrides/email/attachments/0", "pathlib.Path"),
        ([{"path": Path("/nowhere")}], "/overrides/email/attachments/0", "cannot be read"),
        ("a", "/overrides/email/attachments", "must be a list"),
    ],
)
def test_a_triggers_attachments_are_checked_before_anything_is_recorded(env, plain, attachments, path, told):
    with pytest.raises(ValidationError) as refused:
        env.trigger(plain, ADA, overrides={"email": {"attachments": attachments}})
    [fault] = refused.value.errors
    assert fault.path == path
    assert told in fault.message
    assert env.client.executions.list().items == []


def test_an_async_workflow_reads_its_files_beside_the_loop(env, registry, pdf):
    @registry.workflow("w")
    async def w(step):
        await step.email("mail", {"subject": "s", "body": "b", "attachments": [{"path": str(pdf)}]})

    assert env.trigger(w, ADA).status == "completed"
    assert env.outbox.email[0].attachments == (SENT,)


def test_overrides_of_providers_bring_files_too(env, invoice, pdf):
    own = {"smtp": lambda: {"attachments": [{"path": pdf}], "reply_to": "r@example.org"}}
    assert env.trigger(invoice([], providers=own), ADA).status == "completed"
    override = env.outbox.email[0].override("smtp")
    assert (override["replyTo"], override["attachments"][0]["name"]) == ("r@example.org", "invoice.pdf")
