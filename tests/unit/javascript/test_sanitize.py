"""The sanitizer against the peer's recorded answers, where it leaves them on purpose, and on sizes made to hurt.

``sanitize_cases.json`` holds [input, output] pairs of @novu/framework 2.13.2's ``sanitizeHTML``: cases by hand, real
e-mails, and generated soup.
"""

import copy
import gc
import json
import tracemalloc
from pathlib import Path

import pytest
from markupsafe import Markup

from novu_core.javascript.html import tokens
from novu_core.javascript.html.sanitize import sanitize_html, sanitize_output
from novu_core.javascript.html.tree import Tag

PEER = json.loads(Path(__file__).with_name("sanitize_cases.json").read_text())


@pytest.mark.parametrize(("html", "expected"), PEER)
def test_html_comes_out_as_the_peer_writes_it(html, expected):
    assert sanitize_html(html) == expected


def test_text_without_markup_comes_back_itself():
    text = 'no markup here: "quotes", \u00a0 and {{ braces }}'
    assert sanitize_html(text) is text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        # The peer: <style></style><script>alert(1)</script></style>
        (
            "<style/>&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
            "<style>&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;</style>",
        ),
        # The peer leaves the img as it is, behind a title that a browser ends at </title>.
        (
            "<title/><style></title><img src=x onerror=alert(1)></style>",
            "<title><style>&lt;/title&gt;&lt;img src=x onerror=alert(1)&gt;</style></title>",
        ),
        # The peer leaves an end tag open that takes in, up to the next quote, whatever page the message is put into.
        ('<style></style/a="', '<style><\\/style/a="</style>'),
        (
            '<meta http-equiv="Refresh" content="0; URL=\'java&#10;script:alert(1)\'">',
            '<meta http-equiv="Refresh" />',
        ),
        ("<meta http-equiv=refresh content=0;data:text/html,x>", '<meta http-equiv="refresh" />'),
    ],
)
def test_what_the_peer_lets_through_is_made_harmless(html, expected):
    assert sanitize_html(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="?a=1&lti=2">x</a>', '<a href="?a=1&amp;lti=2">x</a>'),
        ('<a title="&notin">x</a>', '<a title="&amp;notin">x</a>'),
        ("<style>a\x1c/style>b", "<style>a\x1c/style>b</style>"),
    ],
)
def test_what_the_peer_damages_stays(html, expected):
    assert sanitize_html(html) == expected


@pytest.mark.parametrize(
    ("html", "once", "twice"),
    [
        ("<p><font><div>", "<p><div></div></p>", "<p></p><div></div><p></p>"),
        ("<title/><b>x", "<title><b>x</b></title>", "<title>&lt;b&gt;x&lt;/b&gt;</title>"),
    ],
)
def test_the_documented_results_that_change_when_sanitized_again(html, once, twice):
    assert sanitize_html(html) == once
    assert sanitize_html(once) == twice


def test_a_markup_string_is_not_escaped_twice():
    assert sanitize_html(Markup("Tom<br>> Spike")) == "Tom<br />&gt; Spike"


def test_output_is_sanitized_wherever_a_string_stands():
    output = {
        "subject": "Tom & Jerry",
        "n": 1,
        "none": None,
        "on": True,
        "<key>": {"deep": [{"body": "<p>a<script>b</script>"}, "x<br>"]},
    }
    assert sanitize_output(output) == {
        "subject": "Tom &amp; Jerry",
        "n": 1,
        "none": None,
        "on": True,
        "<key>": {"deep": [{"body": "<p>a</p>"}, "x<br />"]},
    }


def test_none_and_nested_lists_keep_their_shape():
    # The peer answers 500 to the null, and turns the inner list into {"0": ...}.
    assert sanitize_output({"a": [None, ["x&y", [None, 1.5]], ("z<",)]}) == {
        "a": [None, ["x&amp;y", [None, 1.5]], ["z&lt;"]]
    }


def test_the_argument_is_left_alone():
    output = {"a": ["<i>", {"b": "&"}]}
    before = copy.deepcopy(output)
    sanitize_output(output)
    assert output == before


MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<p " + " ".join(f"a{i}=1" for i in range(MEGABYTE // 8)) + ">", id="attributes"),
        pytest.param("<p " + " ".join(map(str, range(MEGABYTE // 7))) + ">", id="attributes named like indexes"),
        pytest.param("<b>" * (MEGABYTE // 7) + "</i>" * (MEGABYTE // 7), id="stray end tags"),
        pytest.param("<!x>" * (MEGABYTE // 4), id="declarations"),
        pytest.param("</p/" * (MEGABYTE // 4), id="end tags that nothing ends"),
        pytest.param('<p a="' * (MEGABYTE // 6), id="quotes that nothing ends"),
        pytest.param('<a href="' + "<!---->" * (MEGABYTE // 7) + '">', id="comments in a URL"),
        pytest.param('<img srcset="' + "a 1x," * (MEGABYTE // 5) + '">', id="srcset"),
        pytest.param("<style></styl" * (MEGABYTE // 13), id="style"),
        pytest.param("<" * (MEGABYTE // 2) + "&#" + "1" * (MEGABYTE // 2), id="brackets and digits"),
    ],
)
def test_a_megabyte_made_to_hurt_is_done_in_linear_time(html):
    # Seconds at the worst; anything quadratic here takes minutes.
    assert isinstance(sanitize_html(html), str)


@pytest.mark.parametrize(
    "tag",
    [
        "<p " + " ".join(map(chr, range(0x4E00, 0x4E00 + 140))) + ' x="{}">',
        "<p" + "".join(f" a{number}=1" for number in range(40)) + " x={}>",
        '<p title="' + "x" * 280 + '{}">',
        "<p " + "x" * 280 + "{}>",
    ],
    ids=["many attributes", "some attributes", "a long value", "a long name"],
)
def test_tags_that_differ_in_every_mail_keep_little_memory(tag: str) -> None:
    tracemalloc.start()
    try:
        for number in range(600):
            html = tag.format(number)
            sanitize_html(html)
            sanitize_html(html, inline_images=True)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 2_500_000
    finally:
        tracemalloc.stop()


def test_tags_of_every_mail_are_still_known_after_the_links_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    start_of = tokens._start_of

    def noted(source: str) -> Tag | None:
        read.append(source)
        return start_of(source)

    monkeypatch.setattr(tokens, "_start_of", noted)
    for number in range(5000):
        sanitize_html(f'<table class="of-every-mail"><a href="https://example.com/{number}">')
    assert read.count('table class="of-every-mail"') == 1
    assert len(read) == 5001


@pytest.mark.parametrize("image", ['<img src="cid:logo">', "<img alt=x src=cid:a>", '<img src="CID:b" height="1">'])
def test_what_is_kept_of_a_tag_is_kept_for_mails_and_for_the_rest_apart(image: str) -> None:
    for _ in range(3):
        assert "cid:" in sanitize_html(image, inline_images=True).lower()
        assert "cid:" not in sanitize_html(image).lower()
