"""Executions by their id."""

from __future__ import annotations

import pytest

from novu_core.errors import ExecutionNotFoundError


@pytest.mark.parametrize("ask", ["get", "retry", "cancel"])
def test_an_execution_that_does_not_exist_is_named(env, ask):
    with pytest.raises(ExecutionNotFoundError, match="019b8d62"):
        getattr(env.client.executions, ask)("019b8d62")
