"""The component's file, as browsers get it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

SCRIPT = "/inbox.js"
"""Where the file is, below the prefix."""


@dataclass(frozen=True)
class Script:
    """The file. ``tag`` is its ETag."""

    body: bytes
    tag: str


@cache
def script() -> Script:
    """Return the file, which is read once a process."""
    body = files("novu_core.inbox").joinpath("inbox.js").read_bytes()
    return Script(body, f'"{sha256(body).hexdigest()[:20]}"')
