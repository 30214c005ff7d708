"""Files of an e-mail: read once, kept until they are sent, the same bytes for every attempt, and never from outside."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from novu_core.delivery import Attachment, Console, Message
from novu_core.errors import StoreRefusedError, ValidationError
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.providers import Failing, Recording

PDF = b"%PDF-1.7\n\0\xff"


@pytest.fixture
def invoice(registry):
    """An e-mail with what ``attach`` says; ``attach(payload)`` where it is a function."""

    def define(attach, workflow_id="invoice", **options):
        @registry.workflow(workflow_id)
        def invoice(step, payload):
            attached = attach(payload) if callable(attach) else attach
            step.email("mail", lambda: {"subject": "s", "body": "b", "attachments": attached}, **options)

        return invoice

    return define


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "invoice.pdf"
    path.write_bytes(PDF)
    return path


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
        if len(changes) > 1 and not refused:
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


def faults(run):
    assert (run.status, run.error["type"]) == ("failed", "OutputInvalidError")
    return [(fault["path"], fault["message"]) for fault in run.error["errors"]]


BAD = [
    ({"path": "/nowhere/invoice.pdf"}, "cannot be read: No such file"),
    ({"path": Path("/nowhere/invoice.pdf")}, "'/nowhere/invoice.pdf' cannot be read"),
    ({"path": "/"}, "is not a file"),
    ({"path": "a\0b"}, "null"),
    ({"path": "https://example.org/a.pdf"}, "nothing is fetched from a URL"),
    ({"path": "data:text/plain,a"}, "nothing is fetched from a URL"),
    ({"path": 7}, "not int"),
    ({"content": "text", "name": "a.txt"}, "`content` must be bytes and not str; encode text"),
    ({"file": "not base64!", "name": "a.txt"}, "bytes or base64"),
    ({"name": "a.txt"}, "either `content` or `path`"),
    ({"url": "https://example.org/a.pdf"}, "unknown key 'url'"),
    ({"content": b"", "name": "a", "type": "text/plain\nX: y"}, "media type"),
    ("a.txt", "must be an object"),
]


@pytest.mark.parametrize(("attachment", "told"), BAD)
def test_an_attachment_that_cannot_be_sent_fails_the_step_and_says_which(env, invoice, attachment, told):
    [(path, message)] = faults(env.trigger(invoice([{"content": b"ok", "name": "ok"}, attachment]), ADA))
    assert path == "/attachments/1"
    assert told in message
    assert not env.outbox.email


def test_a_path_and_bytes_at_once_are_one_too_many(env, invoice):
    [(_, message)] = faults(env.trigger(invoice([{"path": "a.pdf", "content": b"x"}]), ADA))
    assert message == "must have either `content` or `path`"


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


def test_all_that_is_wrong_is_said_at_once(env, invoice):
    found = faults(
        env.trigger(invoice([{"content": 1}, {"content": b"a", "cid": "x"}, {"content": b"b", "cid": "x"}]), ADA)
    )
    assert [path for path, _ in found] == ["/attachments/0", "/attachments/2"]
    assert faults(env.trigger(invoice("a.pdf", "other"), ADA)) == [("/attachments", "must be a list of attachments")]


def test_a_pipe_is_not_waited_for(env, invoice, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    [(_, message)] = faults(env.trigger(invoice([{"path": tmp_path / "pipe"}]), ADA))
    assert "is not a file" in message


@pytest.mark.parametrize("as_path", [True, False])
def test_how_large_they_may_be_together_is_a_setting(registry, invoice, tmp_path, as_path):
    def attachment(size):
        if not as_path:
            return {"content": b"x" * size, "name": f"{size}.bin"}
        path = tmp_path / f"{size}.bin"
        path.write_bytes(b"x" * size)
        return {"path": path}

    with NovuEnvironment(registry, {"NOVU_MAX_ATTACHMENT_BYTES": 1000}) as env:
        assert env.trigger(invoice([attachment(400), attachment(600)]), ADA).status == "completed"
        [(path, message)] = faults(env.trigger(invoice([attachment(400), attachment(601)], "larger"), ADA))
    assert path == "/attachments/1"
    assert "together they may have 1,000 bytes" in message


OUTSIDE = [
    lambda payload: payload["files"],
    lambda payload: [dict(payload["files"][0])],
    lambda payload: [payload["nested"]["file"]],
]


@pytest.mark.parametrize("attach", OUTSIDE)
def test_whoever_sends_the_payload_chooses_no_file_of_this_machine(env, invoice, pdf, attach):
    payload = {"files": [{"path": str(pdf), "name": "x"}], "nested": {"file": {"path": str(pdf)}}}
    [(path, message)] = faults(env.trigger(invoice(attach), ADA, payload))
    assert path == "/attachments/0"
    assert "comes from outside" in message
    assert not env.outbox.email


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


def test_an_attachment_of_an_override_that_cannot_be_read_fails_the_step(env, invoice):
    run = env.trigger(invoice([], providers={"smtp": {"attachments": [{"path": "/nowhere"}]}}), ADA)
    assert run.error["errors"][0]["path"] == "/attachments/0"
