"""A script whose runs hang, each kind in its own way, or are short; test_endings.py watches it end."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from typing import Any

from novu_core import Client, Registry

kind, url, ends = sys.argv[1:]
logging.basicConfig(level=logging.WARNING, format="%(message)s")
registry, begun = Registry(), threading.Event()


def hang(*_: object) -> Any:
    begun.set()
    threading.Event().wait()


async def hang_awaiting(*_: object) -> Any:
    begun.set()
    await asyncio.sleep(10**6)


class Provider:
    """Hangs, in a thread of the worker's."""

    timeout: float | None = None
    send = hang


class Patient(Provider):
    """Hangs, in a sending thread that is waited for."""

    timeout = 600


class Asynchronous(Provider):
    """Hangs on an event loop."""

    send = hang_awaiting


@registry.workflow("provider")
def provider(step: Any) -> None:
    step.push("p", {"subject": "s", "body": "b"})


@registry.workflow("function")
def function(payload: Any) -> None:
    if payload.get("go"):
        hang()


@registry.workflow("step")
def in_a_step(step: Any) -> None:
    step.custom("c", hang)


@registry.workflow("awaiting")
async def awaiting(payload: Any, step: Any) -> None:
    if payload.get("go"):
        await hang_awaiting()
    await step.custom("c", hang)


@registry.workflow("blocking")
async def blocking(step: Any) -> None:
    await step.custom("c", hang)


class Prompt:
    """Sends, in a thread that starts when the script has ended."""

    def send(self, message: object) -> None:
        """Take the message."""


@registry.workflow("short")
def short(step: Any) -> None:
    step.custom("c", lambda: begun.set() or time.sleep(0.2) or {"n": 1})
    step.push("p", {"subject": "s", "body": "b"})


PROVIDERS = {"patient": Patient(), "asynchronous": Asynchronous(), "short": Prompt()}
grace = 10 if kind == "short" else 0.5
client = Client(
    {"NOVU_STORE_URL": url, "NOVU_GRACE_SECONDS": grace}, registry, delivery=PROVIDERS.get(kind, Provider())
)
workflow = kind if kind in registry else "provider"
client.trigger(workflow, [f"u{number}" for number in range(8)], {"go": True}, wait=False)
assert begun.wait(20)
if ends == "closed":
    client.close()
elif ends == "raises":
    raise ValueError("the script")
print("the last line")
