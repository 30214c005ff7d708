"""What never stands in an error of a provider over HTTP."""

from __future__ import annotations

import pytest

from novu_core.delivery.posting import Posting
from novu_core.delivery.transport import Transport
from novu_core.errors import DeliveryError
from tests.unit.delivery.web_servers import web


@pytest.mark.parametrize("value", ["S3CRET\r\nX: y", "S3CRET\n", "S3CRET\u20ac"])
def test_a_header_that_cannot_be_sent_is_not_quoted(monkeypatch, value):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with web() as server:
        posting = Posting("Carrier", Transport(5), None, ())
        with pytest.raises(DeliveryError) as refused:
            posting.post(server.url, b"", {"Authorization": value})
        posting.close()
    assert not refused.value.retriable
    assert "S3CRET" not in f"{refused.value} {refused.value.__cause__!r}"
    assert server.requests == []


def test_secrets_are_hidden_in_either_form():
    posting = Posting("Carrier", Transport(5), None, ["p@ss word", "abc", None])
    text = str(posting.failed("said p@ss word, p%40ss%20word and abc"))
    assert text == "Carrier said ***, *** and abc"
