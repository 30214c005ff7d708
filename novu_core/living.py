"""The clients of this process that are alive, for whoever has to find one."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

live: weakref.WeakSet[Any] = weakref.WeakSet()
"""Every client that is not closed and that somebody holds."""
made: list[Callable[[Any], object]] = []
"""Integrations add a function that is called with each new client."""
frameworks: list[Callable[[], Any]] = []
"""Integrations add a function that returns the client of the present application context, or None."""
