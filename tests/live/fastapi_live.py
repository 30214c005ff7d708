"""A FastAPI app with live inboxes."""

from __future__ import annotations

import os

from fastapi import FastAPI
from workflows import SETTINGS, registry

from novu_core.integrations.fastapi import serve

app = FastAPI()
client = serve(app, workflows=registry, **SETTINGS)


@app.get("/ping")
def ping() -> str:
    return str(os.getpid())


@app.post("/send/{subscriber_id}")
async def send(subscriber_id: str) -> str:
    await client.atrigger("bell", to=subscriber_id)
    return str(os.getpid())
