"""What a step call gives back reads by attribute and by item, in both spellings."""

from __future__ import annotations

import pytest

from novu_core.definition.results import StepResult


def test_a_skipped_result_reads_as_empty_however_it_is_read():
    skipped = StepResult(None, ran=False)
    assert not skipped
    assert skipped.anything is skipped["any_thing"] is skipped[0] is skipped[0:1] is None
    assert "anything" not in skipped
    assert list(skipped) == []


def test_a_result_knows_what_it_holds_by_both_names():
    result = StepResult({"eventCount": 1})
    assert "event_count" in result
    assert "eventCount" in result
    assert "events" not in result
    with pytest.raises(KeyError):
        result[0]
