"""Whatever goes into the sanitizer, a browser finds nothing that runs in what comes out, and nh3 nothing to remove."""

import copy
import json
import re
from html import escape
from pathlib import Path

import html5lib
import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from novu_core.javascript.html.sanitize import sanitize_html, sanitize_output


def words(text):
    return text.split()


ALLOWED = words(
    """address article aside footer header h1 h2 h3 h4 h5 h6 hgroup main nav section blockquote dd div dl dt figcaption
    figure hr li menu ol p pre ul a abbr b bdi bdo br cite code data dfn em i kbd mark q rb rp rt rtc ruby s samp small
    span strong sub sup time u var wbr caption col colgroup table tbody td tfoot th thead tr
    style img html head body link meta title"""
)
URL_ATTRIBUTES = words(
    """href src cite action formaction data xlink:href poster background ping longdesc usemap codebase classid archive
    profile manifest itemid dynsrc lowsrc"""
)
IMAGE_ATTRIBUTES = words(
    "src alt width height loading srcset sizes crossorigin usemap ismap class id style title dir lang"
)
RUNS = re.compile(r"[\0-\x20]*(javascript|vbscript|data):", re.IGNORECASE)

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href=javascript:alert(1)>",
    "<a href='java\tscript:alert(1)'>",
    '<a href="&#1;java<!-- -->script&colon;x">',
    "<img srcset='javascript:x 1x, data:y 2x' src=data:z>",
    "<meta http-equiv=refresh content='0;url=javascript:x'>",
    "<body background=vbscript:x onload=x>",
    "<svg onload=x>",
    "<p/onclick=x/onfocus=y>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
TAGS = words("p div a b table tr td title style script textarea option xmp tmp noscript svg math mtext select iframe")
PIECES = [
    *PAYLOADS,
    *(f"<{name}>" for name in TAGS),
    *(f"<{name}/>" for name in TAGS),
    *(f"</{name}>" for name in TAGS),
    *(f"</{name}/" for name in TAGS),
    *(f"&lt;/{name}&gt;" for name in TAGS),
    *("<!--", "-->", "--!>", "<!", "<![CDATA[", "]]>", "<?", "<!DOCTYPE html>", "<!DOCTYPE "),
    *("<", ">", "/", "=", '"', "'", "`", " ", "\n", "\0", "&", ";", "<a ", " href=", ' title="', " on", "javascript:"),
]
soup = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=25).map("".join)


def assert_harmless(html):
    for tree in (html5lib.parse(html), html5lib.parseFragment(html, container="div")):
        for element in tree.iter():
            if isinstance(element.tag, str) and element.tag != "DOCUMENT_FRAGMENT":
                namespace, _, name = element.tag.rpartition("}")
                assert (namespace, name in ALLOWED) == ("{http://www.w3.org/1999/xhtml", True)
                for attribute, value in element.attrib.items():
                    assert not attribute.lower().startswith("on")
                    assert not RUNS.match(url_in(name, attribute, value))


def url_in(name, attribute, value):
    if attribute in URL_ATTRIBUTES:
        return re.sub("[\t\n\r]", "", value)
    if attribute == "srcset":
        return next(filter(RUNS.match, re.split(r",?\s+", value)), "")
    if (name, attribute) == ("meta", "content"):
        return re.sub("^[0-9; ]+url=|[\t\n\r]", "", value)
    return ""


def elements(html):
    """Each element of the parsed fragment with its attributes: what the markup means, however it is written."""
    tree = html5lib.parseFragment(html, container="div", namespaceHTMLElements=False)
    return {(element.tag, frozenset(element.attrib.items())) for element in tree.iter() if isinstance(element.tag, str)}


def removed_by_nh3(html):
    """What nh3, given the peer's allow lists, takes out of a fragment or changes in it."""
    found = elements(html)
    names = {str(name) for _, attributes in found for name, _ in attributes}
    cleaned = nh3.clean(
        html,
        tags=set(ALLOWED),
        clean_content_tags={"script", "textarea", "option", "xmp"},
        attributes={"*": {name for name in names if not name.startswith("on")}},
        attribute_filter=lambda tag, name, value: None if tag == "img" and name not in IMAGE_ATTRIBUTES else value,
        url_schemes={"http", "https", "ftp", "mailto", "tel"},
        link_rel=None,
    )
    return found - elements(cleaned)


RECORDED = json.loads((Path(__file__).parents[1] / "unit" / "javascript" / "sanitize_cases.json").read_text("utf-8"))


@pytest.mark.parametrize("html", [html for html, _ in RECORDED])
def test_nh3_finds_nothing_to_remove_from_a_recorded_document(html):
    assert removed_by_nh3(sanitize_html(html)) == set()


@settings(max_examples=200, deadline=None)
@given(soup)
@example("<a href=javascript:x><a href='JAVASCRIPT:y'><a href=' data:text/html,z'><form action=vbscript:x>")
@example("<svg><style><img src=x onerror=x></style></svg><math><mtext><table><mglyph><style><img src=x onerror=x>")
@example("<img src=x style=y onerror=x foo=y><p ONCLICK=x oNfOcUs=y><iframe src=x><object data=x><base href=x>")
def test_nh3_finds_nothing_to_remove_from_what_comes_out(html):
    assert removed_by_nh3(sanitize_html(html)) == set()


@pytest.mark.parametrize(
    "html",
    [
        "<p onclick=x>", "<a href=javascript:x>", "<img src=data:x>", "<img foo=x>", "<iframe src=x>", "<svg><p>",
        "<font>", "<form action=/x>",
    ],
)  # fmt: skip
def test_nh3_would_see_what_the_sanitizer_let_through(html):
    assert removed_by_nh3(html)


@settings(max_examples=200, deadline=None)
@given(soup)
@example("<style/>&lt;/style&gt;<script>&lt;script&gt;alert(1)&lt;/script&gt;")
@example("<style/>&lt;<font></font>/style&gt;&lt;img src=x onerror=x&gt;")
@example("<title/><style></title><img src=x onerror=alert(1)></style>")
@example("<title/><svg></title><style></title><script>x</script></style>")
@example("<style></style/><script>x</script></style>")
@example("<!DOCTYPE <script>alert(1)</script>")
def test_nothing_that_runs_is_left_for_a_browser(html):
    once = sanitize_html(html)
    assert_harmless(once)
    assert_harmless(sanitize_html(once))


@settings(max_examples=100, deadline=None)
@given(soup)
def test_sanitized_html_can_stand_inside_a_page(html):
    page = html5lib.parse(
        f'<main>{sanitize_html(html)}</main><p id=after title="\'">rest</p>', namespaceHTMLElements=False
    )
    assert [element.get("title") for element in page.iter("p") if element.get("id") == "after"] == ["'"]


NAMES = words("p div span a b ul li table tr td th thead tbody dl dt dd h1 blockquote pre ruby rt rp section")
STABLE = [
    *(f"<{name}>" for name in NAMES),
    *(f"</{name}>" for name in NAMES),
    *(
        "<br>",
        "<hr/>",
        "<img src=x alt>",
        "<col>",
        "<wbr>",
        "</p>",
        "</br>",
        "<p class=a hidden title='\"&lt;' 2=x 1=y>",
    ),
    *("<a href='https://x/?a=1&b=2'>", "<a href=javascript:x>", "<img srcset='a 1.50x, b 100w' width=1 border=0>"),
    *(
        "<script>x</script>",
        "<font>x</font>",
        "<textarea><p></textarea>",
        "<style>a > b {}</style>",
        "<title>a<b></title>",
    ),
    *(
        "<!-- x -->",
        "<![if x]>",
        "<!doctype html>",
        "<",
        "</",
        "</>",
        "<?x?>",
        "<a b='",
        "&amp;lt;",
        "&nbsp",
        "&copy;",
        "&",
    ),
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(STABLE) | st.text(st.characters(exclude_characters="<"), max_size=4)).map("".join))
def test_sanitizing_again_changes_nothing(html):
    once = sanitize_html(html)
    assert sanitize_html(once) == once


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_escaped_text_comes_back_as_it_is(text):
    assert sanitize_html(escape(text, quote=False)) == escape(text, quote=False)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | soup,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def shape(value):
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return str if isinstance(value, str) else value


@settings(max_examples=100, deadline=None)
@given(json_like)
def test_an_output_keeps_its_shape_and_the_argument_its_value(output):
    before = copy.deepcopy(output)
    assert shape(sanitize_output(output)) == shape(output)
    assert output == before
