"""In-app HTML stays in its own box: nothing of it acts on the page that shows it."""

from __future__ import annotations

import pytest

from novu_core.bridge.journal import RULES as BRIDGE
from novu_core.types import StepType
from tests.engine.conftest import ADA

ACTS = [
    ('<meta http-equiv="refresh" content="0;url=https://elsewhere.example/">hi', "hi"),
    ("<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\"><p>hi</p>", "<p>hi</p>"),
    ('<meta name="viewport" content="width=1">hi', "hi"),
    ('<link rel="stylesheet" href="https://elsewhere.example/x.css">hi', "hi"),
    ('<base href="https://elsewhere.example/"><a href="x">hi</a>', '<a href="x">hi</a>'),
    ("<style>#balance{display:none}</style>hi", "hi"),
    ("<style/>#balance{display:none}</style>hi", "hi"),
    (
        "<!doctype html><html lang=de><head><title>t</title></head><body class=dark><p>hi</p></body></html>",
        "<p>hi</p>",
    ),
    (
        '<a style="position:fixed;inset:0;z-index:9999;opacity:0" href="https://elsewhere.example/">hi</a>',
        '<a href="https://elsewhere.example/">hi</a>',
    ),
    ('<a style="margin:-999px;padding:999px" href="/x">hi</a>', '<a href="/x">hi</a>'),
    ('<p style="transform:scale(99)">hi</p>', "<p>hi</p>"),
    ('<p style="background-image:url(https://elsewhere.example/t.png)">hi</p>', "<p>hi</p>"),
    ('<p style="color:red;pos\\69tion:fixed">hi</p>', '<p style="color: red">hi</p>'),
    ('<p style="color:red/*;*/;position:fixed">hi</p>', "<p>hi</p>"),
    ('<p style="color:\\72 ed">hi</p>', "<p>hi</p>"),
    ('<a href="/x" style="font-size:9999px">hi</a>', '<a href="/x">hi</a>'),
    ('<b style="font-size: 1e5px; color: red">hi</b>', '<b style="color: red">hi</b>'),
    (
        '<b style="font-size:9em">hi</b><b style="font-size:999%">hi</b><b style="font-size:30vw">x</b>',
        "<b>hi</b><b>hi</b><b>x</b>",
    ),
    ('<u style="text-decoration: underline 9999px red">hi</u>', "<u>hi</u>"),
    ('<u style="text-decoration: underline 90% #f00">hi</u>', "<u>hi</u>"),
    ("<ul style=\"list-style-type: '<------------- click here'\"><li>hi</li></ul>", "<ul><li>hi</li></ul>"),
    ('<a class="fixed inset-0 opacity-0" href="/x">hi</a>', '<a href="/x">hi</a>'),
    ('<p id="config">hi</p>', "<p>hi</p>"),
    ('<a id="config" name="config" href="/x">hi</a>', '<a href="/x">hi</a>'),
    ('<img name="config" src="/x.png" usemap="#m">', '<img src="/x.png" />'),
    ("<form action=/pay><input name=amount><button formaction=/x>hi</button></form>", "hi"),
    ('<p data-controller="admin" hx-get="/x" x-data="{}" @click="y" contenteditable accesskey=s>hi</p>', "<p>hi</p>"),
    ('<a href="/x" ping="https://elsewhere.example/" target="main" rel="opener">hi</a>', '<a href="/x">hi</a>'),
    ("<p><script>alert(1)</script><a href='javascript:alert(1)' onclick=x>hi</a></p>", "<p><a>hi</a></p>"),
]
STAYS = [
    '<p style="color: rgb(1, 2, 3); font-weight: bold !important">Hi <b>Ada</b> &amp; &lt;all&gt;</p>',
    '<a href="https://shop.example/?a=1&amp;b=2" title="your &quot;order&quot;" target="_blank">order</a>',
    '<img src="/logo.png" alt="logo" width="80" height="20" /><hr /><br />',
    '<table border="1"><tbody><tr><td colspan="2" align="right">1</td></tr></tbody></table>',
    '<p style="font-size: 14px; text-decoration: underline dotted #ff0000; list-style-type: square">hi</p>',
    '<b style="font-size: 1.5em">a</b><b style="font-size: 120% !important">b</b><b style="font-size: x-large">c</b>',
    '<u style="text-decoration: underline rgb(1, 2, 3)">hi</u>',
    '<ol start="3"><li>three</li></ol><ul><li style="text-align: center">x</li></ul>',
]


@pytest.fixture
def show(env, registry):
    def show(output, **options):
        @registry.workflow("w")
        def w(step):
            step.in_app("bell", output, **options)

        return env.trigger(w, ADA).step_results["bell"]

    return show


@pytest.mark.parametrize(("html", "left"), [*ACTS, *((html, html) for html in STAYS)])
def test_html_that_acts_on_the_page_is_left_out_and_the_rest_stays(show, html, left):
    assert show({"body": html, "content_type": "text/html"})["body"] == left


@pytest.mark.parametrize("html", [html for html, _ in ACTS[:6]])
def test_html_of_an_html_field_is_contained_and_text_is_not(show, html):
    assert show({"body": html, "html": "<p id=x>hi</p>"}) == {"body": html, "html": "<p>hi</p>"}


def test_a_step_may_keep_its_html(show):
    output = {"html": '<p id="x" class="y">hi</p>'}
    assert show(output, disable_output_sanitization=True) == output


def test_an_email_keeps_its_styles(env, registry):
    html = '<html><head><style>p{color:red}</style></head><body><p id="x" style="padding:1px">hi</p></body></html>'

    @registry.workflow("w")
    def w(step):
        step.email("mail", {"subject": "s", "html": html})

    assert env.trigger(w, ADA).step_results["mail"]["html"] == html


def test_the_bridge_answers_as_the_peer():
    body = '<style>p{}</style><p id="x">hi</p>'
    assert BRIDGE.sanitize(StepType.IN_APP, {"body": body}) == {"body": body}
    assert not BRIDGE.contain
