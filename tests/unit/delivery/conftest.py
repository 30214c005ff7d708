"""A message to Ann, and a mail server with a provider for it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from novu_core.delivery import Message
from novu_core.types import Channel
from tests.unit.delivery.mail_servers import Mailbox, provider_for, running

ANN = SimpleNamespace(
    subscriber_id="ann", email="ann@example.com", phone="+15550100", data={"plan": "pro"}, channels=[]
)
NOW = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)


@pytest.fixture
def make_message() -> Callable[..., Message]:
    def make(content: dict[str, Any] | None = None, **fields: Any) -> Message:
        given: dict[str, Any] = {
            "channel": Channel.EMAIL,
            "to": "ann@example.com",
            "subscriber": ANN,
            "content": {"subject": "Hello", "body": "Hi Ann"} if content is None else content,
            "idempotency_key": "run-1:welcome",
            "execution_id": "run-1",
            "step_id": "welcome",
            "workflow_id": "onboarding",
            "created_at": NOW,
            **fields,
        }
        return Message(**given)

    return make


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def server(mailbox):
    with running(mailbox, enable_SMTPUTF8=True) as started:
        yield started


@pytest.fixture
def provider(server):
    with provider_for(server.port) as made:
        yield made


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl program to make a certificate")
    folder = tmp_path_factory.mktemp("certificate")
    key, path = folder / "key.pem", folder / "cert.pem"
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext"
    subprocess.run(
        [openssl, *make.split(), "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", path],
        check=True,
        capture_output=True,
    )
    return path, key
