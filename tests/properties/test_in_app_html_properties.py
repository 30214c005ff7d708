"""Whatever an in-app step says as HTML, a browser finds nothing in what is stored that reaches outside of it."""

from __future__ import annotations

import re

import html5lib
from hypothesis import example, given, settings
from hypothesis import strategies as st

from novu_core.engine.rules import RULES
from novu_core.execution.in_app_html import contained
from novu_core.types import StepType

REACHING = {
    "meta",
    "link",
    "style",
    "base",
    "title",
    "script",
    "form",
    "input",
    "button",
    "textarea",
    "select",
    "iframe",
}
NAMES = [
    *sorted(REACHING),
    "p",
    "a",
    "img",
    "table",
    "td",
    "head",
    "body",
    "html",
    "svg",
    "template",
    "noscript",
    "xmp",
]
ATTRIBUTES = [
    " id=x", " name=x", " class=fixed", " data-x=y", " target=top", " usemap=#m", " href=/x", " style='", " style=\"",
    "color:red;", "position:fixed;", "background:url(//x)", "\\70osition:fixed", "/*", "*/", "!important", "'", '"', ">",
]  # fmt: skip
PIECES = [
    *(f"<{name}" for name in NAMES), *(f"<{name}>" for name in NAMES), *(f"<{name}/>" for name in NAMES),
    *(f"</{name}>" for name in NAMES), *(f"&lt;{name}&gt;" for name in NAMES), *ATTRIBUTES,
    "<!--", "-->", "<!", "<![CDATA[", "]]>", "&", ";", " ", "text",
]  # fmt: skip
DECLARATIONS = [
    "color:red",
    "position:fixed",
    "background:url(//x)",
    "\\70osition:fixed",
    "/*",
    "*/",
    "padding:9px",
    ":",
    "",
]
styles = st.lists(st.sampled_from(DECLARATIONS), max_size=4).map(lambda parts: f' style="{";".join(parts)}"')
whole = st.sampled_from([" id=x", " name=x", " class=fixed", " data-x=y", " target=top", " usemap=#m", " onclick=x"])
elements = st.builds(
    lambda name, attributes, end: f"<{name}{''.join(attributes)}>text{end}",
    st.sampled_from(["p", "a", "img", "td", "b", *NAMES]),
    st.lists(whole | styles, max_size=4),
    st.sampled_from(["", "</p>", "</a>", "</style>", "</title>"]),
)
soup = st.lists(elements | st.sampled_from(PIECES) | st.text(max_size=4), max_size=15).map("".join)
QUIET = re.compile(r"(?!.*(?:url|expression|\\|/\*|position|padding|margin))[^;]*", re.IGNORECASE | re.DOTALL)
HELD = {"id", "name", "class", "usemap", "contenteditable", "accesskey"}


@settings(max_examples=400, deadline=None)
@given(soup)
@example("<style/>&lt;/style&gt;&lt;style&gt;p{}&lt;/style&gt;")
@example("<title/><style></title><meta http-equiv=refresh></style>")
@example("<noscript><p title='</noscript><style>p{}</style>'>")
@example("<svg><style><a id=x>")
def test_nothing_of_it_acts_on_the_page(html):
    output = RULES.sanitize(StepType.IN_APP, contained({"html": html}))
    for tree in (html5lib.parse(output["html"]), html5lib.parseFragment(output["html"], container="div")):
        whole = {"html", "head", "body"}  # what html5lib adds itself, and without attributes
        for element in tree.iter():
            if not isinstance(element.tag, str) or element.tag == "DOCUMENT_FRAGMENT":
                continue
            namespace, _, name = element.tag.rpartition("}")
            assert namespace == "{http://www.w3.org/1999/xhtml"
            assert name not in REACHING
            assert name not in whole or not element.attrib
            for attribute, value in element.attrib.items():
                assert attribute not in HELD
                assert not attribute.startswith(("on", "data-"))
                assert attribute != "target" or value == "_blank"
                assert attribute != "style" or all(map(QUIET.fullmatch, value.split(";")))
