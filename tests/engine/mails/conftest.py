"""A mailbox at a server of its own, and workflows of one e-mail."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA
from tests.unit.delivery.mail_servers import Mailbox, running


@pytest.fixture
def mailbox():
    box = Mailbox()
    with running(box) as server:
        box.url = f"smtp://127.0.0.1:{server.port}?from=shop@example.com"
        yield box


@pytest.fixture
def send(registry, mailbox):
    """Triggers a workflow of one e-mail step over the mailbox's server; ``also``: providers behind it."""
    with ExitStack() as stack:

        def send(output, to=ADA, also=(), overrides=None, workflow_id="w", **options):
            @registry.workflow(workflow_id)
            def w(step):
                step.email("mail", lambda: output, **options)

            environment = NovuEnvironment(registry, {"NOVU_DELIVERY": {"email": [mailbox.url, *also]}})
            return stack.enter_context(environment).trigger(w, to, overrides=overrides)

        yield send


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


def send_again(send, providers):
    return send({"subject": "s", "body": "b"}, workflow_id="again", providers=providers)
