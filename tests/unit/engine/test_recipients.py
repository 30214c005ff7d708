"""``to`` is read into subscribers and topics."""

from __future__ import annotations

import pytest

from novu_core.engine.recipients import parse_recipients, parse_subscriber
from novu_core.errors import RecipientInvalidError


def test_recipients_are_read_in_every_form():
    found = parse_recipients(["a", {"subscriberId": "b", "firstName": "B"}, {"type": "Topic", "topicKey": "t"}, "a"])
    assert list(found.subscribers) == ["a", "b"]
    assert found.topics == ["t"]
    with pytest.raises(RecipientInvalidError):
        parse_subscriber({"type": "Topic", "topicKey": "t"})
