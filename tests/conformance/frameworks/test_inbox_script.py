"""The bell's file, which every framework serves."""

from __future__ import annotations

import gzip

import pytest

from novu_core.inbox import script


@pytest.fixture
def api(make_api, registry):
    return make_api(registry, debug=False, secret_key="key", strict_authentication=True)


def test_everybody_may_have_it(api):
    answer = api.get("/inbox.js")
    assert (answer.status, answer.body) == (200, script().body)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=600"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_who_has_it_is_not_sent_it_again(api):
    tag = api.get("/inbox.js").headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}'):
        answer = api.get("/inbox.js", headers={"if-none-match": sent})
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
    assert api.get("/inbox.js", headers={"if-none-match": '"other"'}).status == 200


def test_nothing_else_is_done_there(api):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert api.request(method, "/inbox.js").status == 405
    head = api.request("HEAD", "/inbox.js")
    assert (head.status, head.headers["etag"]) == (200, script().tag)


def test_pages_of_other_origins_may_load_it_as_a_module(make_api, registry):
    api = make_api(registry, cors_origins=["https://shop.example"])
    answer = api.get("/inbox.js", headers={"origin": "https://shop.example"})
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_it_is_small():
    body = script().body
    assert len(body) <= 10_000
    assert len(gzip.compress(body, 9)) <= 4_000
