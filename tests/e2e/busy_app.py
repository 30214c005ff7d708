"""A FastAPI app whose runs and deliveries are busy until a file is there; it counts who has begun in another file."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from novu_core import Registry
from novu_core.integrations.fastapi import serve
from tests.providers import Answering

FOLDER = Path(os.environ["SERVER_FOLDER"])
registry = Registry()


def work() -> dict[str, bool]:
    with (FOLDER / "begun").open("a") as begun:
        begun.write("x")
    while not (FOLDER / "go").exists():
        time.sleep(0.05)
    return {"done": True}


@registry.workflow("busy")
def busy(step: Any) -> None:
    step.custom("work", work)


@registry.workflow("sending")
async def sending(step: Any) -> None:
    await step.email("mail", {"subject": "s", "body": "b"})


@registry.workflow("bounded")
async def bounded(step: Any) -> None:
    await step.sms("text", {"body": "b"})


@registry.workflow("bell")
async def bell(step: Any) -> None:
    await step.in_app("inbox", {"body": "b"})


app = FastAPI()
client = serve(
    app,
    workflows=registry,
    store_url=f"sqlite:///{FOLDER}/novu.db",
    delivery={"email": Answering(work, timeout=None), "sms": Answering(work, timeout=600)},
    strict_authentication=False,
    worker="none",
)


@app.get("/ping")
def ping() -> str:
    return "pong"
