"""The app that test_servers.py serves to greenlets: whatever awaits, and whatever blocks."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from flask_novu import Novu
from novu_core import Registry

registry = Registry()


class Sms:
    """Takes its time, and tells a file."""

    def send(self, message: Any) -> None:
        time.sleep(0.02)
        _sent(message)


class Push:
    """Does so without blocking."""

    async def send(self, message: Any) -> None:
        await asyncio.sleep(0.02)
        _sent(message)


def _sent(message: Any) -> None:
    with Path(current_app.config["SENT"]).open("a") as sent:
        sent.write(f"{message.workflow_id} {message.subscriber.subscriber_id}\n")


@registry.workflow("async-with-sleep")
async def async_with_sleep(step: Any) -> None:
    await asyncio.sleep(0.01)
    await step.sms("sms", {"body": current_app.name})


@registry.workflow("async-without-sleep")
async def async_without_sleep(step: Any) -> None:
    await step.sms("sms", {"body": "b"})


@registry.workflow("async-send")
def async_send(step: Any) -> None:
    step.push("push", {"subject": "s", "body": "b"})


@registry.workflow("async-resolver")
def async_resolver(step: Any) -> None:
    async def resolver() -> dict[str, str]:
        await asyncio.sleep(0.01)
        return {"body": current_app.name}

    async def skip() -> bool:
        await asyncio.sleep(0.001)
        return False

    step.sms("sms", resolver, skip=skip)


@registry.workflow("sync-send")
def sync_send(step: Any) -> None:
    step.sms("sms", {"body": "b"})


@registry.workflow("async-digest")
async def async_digest(step: Any) -> None:
    batch = await step.digest("digest", {"amount": 1, "unit": "seconds"})
    await step.push("push", {"subject": "s", "body": str(batch.event_count)})


@registry.workflow("blocking-inside")
async def blocking_inside(subscriber: Any, step: Any) -> None:
    result = async_resolver.trigger(to={"subscriberId": subscriber.subscriber_id, "phone": "+15550100"})
    await step.sms("sms", {"body": result.status})


def make() -> Flask:
    folder = Path(os.environ["SERVER_FOLDER"])
    app = Flask("served")
    app.config["SENT"] = str(folder / "sent")
    Novu().init_app(
        app,
        workflows=registry,
        store_url=f"sqlite:///{folder}/novu.db",
        delivery={"sms": Sms(), "push": Push()},
        strict_authentication=False,
    )
    return app
