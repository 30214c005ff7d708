"""Which route a path means, its method counted, and ids with slashes in them."""

from __future__ import annotations

import pytest

from novu_core.http.messages import Request
from novu_core.http.shapes.table import Table, segments_of
from novu_core.http.surface import Route

BULK, ONE, NESTED = Route("/v1/t/bulk", {}), Route("/v1/t/{id}", {}), Route("/v1/t/{id}/parts/{part}", {})
TABLE = Table([ONE, NESTED, BULK])


@pytest.mark.parametrize(
    ("segments", "found"),
    [
        (["v1", "t", "bulk"], [(BULK, {}), (ONE, {"id": "bulk"})]),
        (["v1", "t", "a/b"], [(ONE, {"id": "a/b"})]),
        (["v1", "t", "a", "parts", "7"], [(NESTED, {"id": "a", "part": "7"})]),
        (["v1", "t", ""], []),
        (["v1", "t", "a", "others", "7"], []),
        (["v1", "t"], []),
        (["v2", "t", "a"], []),
        (["v1", "{id}", "a"], []),
    ],
)
def test_literal_segments_come_first(segments, found):
    assert list(TABLE.matching(segments)) == found


@pytest.mark.parametrize(
    ("path", "raw", "segments"),
    [
        ("t/a", "/v1/t/a", ["v1", "t", "a"]),
        ("t/a/", "/v1/t/a/", ["v1", "t", "a"]),
        ("t/a/b", "/v1/t/a%2Fb", ["v1", "t", "a/b"]),
        ("t/a/b", "/v1/t/a/b", ["v1", "t", "a", "b"]),
        ("t/a b", "/v1/t/a%20b/", ["v1", "t", "a b"]),
        ("t/a/b", None, ["v1", "t", "a", "b"]),
        ("t/a", "/elsewhere/t/x", ["v1", "t", "a"]),
        ("t/ü", "/v1/t/%C3%BC", ["v1", "t", "ü"]),
        ("t//a", "/v1/t//a", ["v1", "t", "", "a"]),
    ],
)
def test_an_encoded_slash_parts_no_segments_where_the_server_tells_the_path_as_sent(path, raw, segments):
    assert segments_of("v1", Request("GET", path_params={"path": path}, raw_path=raw)) == segments


def test_the_version_alone():
    assert segments_of("v1", Request("GET", raw_path="/v1")) == ["v1", ""]
