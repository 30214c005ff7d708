"""Tools for users' own tests: the same engine, with a clock that the test moves."""

from __future__ import annotations

from novu_core.delivery import Outbox
from novu_core.testing.environment import NovuEnvironment

__all__ = ["NovuEnvironment", "Outbox"]
