"""The workflows of the served apps, and what they are set to."""

from __future__ import annotations

import os
from typing import Any

from novu_core import Registry

FOLDER = os.environ.get("LIVE_FOLDER", ".")
SETTINGS: dict[str, Any] = {
    "store_url": os.environ.get("LIVE_STORE") or f"sqlite:///{FOLDER}/novu.db",
    "secret_key": "live-secret",
    "worker": "none",
    "strict_authentication": True,
    "cors_origins": ["https://shop.example"],
}
registry = Registry()


@registry.workflow("bell")
def bell(step: Any, payload: dict) -> None:
    step.in_app("inbox", {"subject": "s", "body": payload.get("body", "hello")})
