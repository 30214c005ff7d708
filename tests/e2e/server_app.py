"""The app that test_servers.py serves: an e-mail provider that is down at first, and who ran what, in a file."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from flask_novu import Novu
from novu_core import Registry, Retry
from tests.providers import FailingOnce

registry = Registry()


@registry.workflow("bell")
def bell(payload: Any, step: Any) -> None:
    step.in_app("inbox", lambda: {"body": f"{current_app.name} {payload.get('n')}"})


@registry.workflow("mail", retry=Retry(attempts=4, base=0.05, cap=0.1))
def mail(step: Any) -> None:
    step.email("mail", {"subject": "s", "body": "b"})


@registry.workflow("slow")
def slow(step: Any) -> None:
    go = Path(os.environ["SERVER_FOLDER"], "go")

    def work() -> dict[str, bool]:
        go.with_name("begun").touch()
        while not go.exists():
            time.sleep(0.01)
        return {"done": True}

    step.custom("work", work)


def make() -> Flask:
    folder = Path(os.environ["SERVER_FOLDER"])
    app = Flask("served")
    app.config["DOWN"] = str(folder / "down")
    Novu().init_app(
        app,
        workflows=registry,
        store_url=os.environ.get("SERVER_STORE", f"sqlite:///{folder}/novu.db"),
        delivery={"email": FailingOnce(lambda: Path(current_app.config["DOWN"]))},
        strict_authentication=False,
    )
    return app
