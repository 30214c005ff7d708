"""Asks a provider whether it could deliver, without sending anything."""

from __future__ import annotations

import inspect
from typing import Any

from novu_core.aio import IO
from novu_core.errors import text_of


async def greet(provider: Any, io: IO) -> str | None:
    """Return why the provider could not deliver now, or None; one without a ``greet`` is not asked."""
    greeting = getattr(provider, "greet", None)
    if not callable(greeting):
        return None
    try:
        answer = await io.slow(greeting)
        if inspect.isawaitable(answer):
            await io.wait(answer)
    except Exception as error:
        return text_of(error) or type(error).__name__
    return None
