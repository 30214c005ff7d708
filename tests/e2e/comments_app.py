"""The app that test_servers.py lets strangers comment on: each mail is composed, and told to a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from flask_novu import Novu
from novu_core import Registry
from novu_core.delivery.addresses import parse_address
from novu_core.delivery.mime import compose

registry = Registry()


@registry.workflow("comment")
def comment(payload: Any, step: Any) -> None:
    step.email("mail", {"subject": payload["text"][:100_000], "html": payload["text"]})


class Mail:
    """Composes as SMTP does."""

    def send(self, message: Any) -> None:
        compose(message, parse_address("shop@example.com")).email.as_bytes()
        with Path(current_app.config["SENT"]).open("a") as sent:
            sent.write(f"{message.to}\n")


def make() -> Flask:
    folder = Path(os.environ["SERVER_FOLDER"])
    app = Flask("commented")
    app.config["SENT"] = str(folder / "sent")
    Novu().init_app(
        app,
        workflows=registry,
        store_url=f"sqlite:///{folder}/novu.db",
        delivery={"email": Mail()},
        strict_authentication=False,
        lease_seconds=2,
    )
    return app
