"""The clients of this process: those that are alive, and the innermost ``with client:`` of the present context."""

from __future__ import annotations

import contextvars
import weakref
from collections.abc import Callable
from typing import Any

live: weakref.WeakSet[Any] = weakref.WeakSet()
"""Every client that is not closed and that somebody holds."""
innermost: contextvars.ContextVar[tuple[Any, ...]] = contextvars.ContextVar("novu_clients", default=())
"""The clients of the present context, the innermost last."""
frameworks: list[Callable[[], Any]] = []
"""Integrations add a function that returns the client of the present application context, or None."""
