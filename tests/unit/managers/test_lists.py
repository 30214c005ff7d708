"""What asks for a page: limits, cursors and filters."""

from __future__ import annotations

import pytest

from novu_core.errors import ValidationError


@pytest.mark.parametrize("limit", ["5", None, 1.5, True, 0, 101])
@pytest.mark.parametrize("manager", ["executions", "messages", "subscribers"])
def test_a_limit_is_a_number_from_1_to_100(env, manager, limit):
    with pytest.raises(ValidationError) as told:
        getattr(env.client, manager).list(limit=limit)
    assert told.value.errors[0].path == "/limit"


@pytest.mark.parametrize("cursor", ["", "abc", "019b8d62-7a80-7000-84a5", 5])
def test_a_damaged_cursor_is_no_first_page(env, cursor):
    for listing in (env.client.executions.list, env.client.messages.list, env.client.inbox("ada").list):
        with pytest.raises(ValidationError) as told:
            listing(cursor=cursor)
        assert told.value.errors[0].path == "/cursor"


def test_an_unknown_status_is_no_filter(env):
    with pytest.raises(ValidationError, match="pending, running, completed, failed"):
        env.client.executions.list(status="done")
