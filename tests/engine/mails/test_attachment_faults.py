"""Files that cannot be sent, that are too large, or that strangers chose: told, and never read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA


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
    ({"content": "text", "name": "a.txt"}, "`content` must be bytes, not str; encode text"),
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
    assert "the limit is 1,000 bytes in all" in message


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


def test_an_attachment_of_an_override_that_cannot_be_read_fails_the_step(env, invoice):
    run = env.trigger(invoice([], providers={"smtp": {"attachments": [{"path": "/nowhere"}]}}), ADA)
    assert run.error["errors"][0]["path"] == "/attachments/0"
