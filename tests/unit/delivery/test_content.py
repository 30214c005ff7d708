from __future__ import annotations

import pytest

from novu_core.delivery.content import html_fields


@pytest.mark.parametrize(
    ("content", "text", "html"),
    [
        ({"body": "a"}, "a", None),
        ({"body": "<b>a</b>"}, "<b>a</b>", None),
        ({"body": "<!DOCTYPE html><p>a</p>"}, "<!DOCTYPE html><p>a</p>", None),
        ({"body": "<b>a</b>", "content_type": "text/plain"}, "<b>a</b>", None),
        ({"body": "<b>a</b>", "content_type": "text/html"}, "a", "<b>a</b>"),
        ({"html": "<b>a</b>"}, "a", "<b>a</b>"),
        ({"html": "<b>a</b>", "text": "b"}, "b", "<b>a</b>"),
        ({"html": "<b>a</b>", "body": "<c>"}, "<c>", "<b>a</b>"),
        ({"html": "<b>a</b>", "text": ""}, "", "<b>a</b>"),
        ({"html": "<b>a</b>", "body": "<i>b</i>", "content_type": "text/html"}, "a", "<b>a</b>"),
        ({"text": "t", "body": "<i>b</i>", "content_type": "text/html"}, "t", "<i>b</i>"),
        ({"text": "t", "body": "b"}, "t", None),
        ({"text": "t"}, "t", None),
        ({"body": "", "content_type": "text/html"}, "", None),
        ({"subject": "s"}, None, None),
        ({"card": {"text": "t"}}, None, None),
    ],
)
def test_what_a_content_says_as_text_and_as_html(make_message, content, text, html):
    message = make_message(content)
    assert (message.text, message.html) == (text, html)


def test_every_field_with_html_is_known():
    content = {"html": "<b>a</b>", "body": "<i>b</i>", "text": "<u>"}
    assert html_fields(content) == ["html"]
    assert html_fields({**content, "content_type": "text/html"}) == ["html", "body"]
    assert html_fields({"body": "<b>", "content_type": "text/plain"}) == []
