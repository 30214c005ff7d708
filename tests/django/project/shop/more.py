"""Workflows of a registry of its own, which NOVU_WORKFLOWS names."""

import asyncio
import time
from pathlib import Path

from django.conf import settings

from novu_core import Registry

registry = Registry()


@registry.workflow("hello", name="Hello")
def hello(payload, step):
    schema = {"type": "object", "properties": {"mark": {"type": "string", "default": "!"}}}
    step.in_app("inbox", lambda controls: {"body": f"hi {payload['name']}{controls['mark']}"}, control_schema=schema)


@registry.workflow("patient")
async def patient(step):
    async def wait():
        folder = Path(settings.BASE_DIR)
        (folder / "entered").touch()
        while not (folder / "go").exists():
            await asyncio.sleep(0.01)
        return {"waited": True}

    await step.custom("wait", wait)


@registry.workflow("busy")
def busy(step):
    def wait():
        folder = Path(settings.BASE_DIR)
        with (folder / "begun").open("a") as begun:
            begun.write("x")
        while not (folder / "go").exists():
            time.sleep(0.05)
        return {"waited": True}

    step.custom("wait", wait)
