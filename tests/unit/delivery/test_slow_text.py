"""Text that strangers write is composed in linear time: nothing in it holds the interpreter."""

from __future__ import annotations

import time

import pytest

from novu_core.delivery.addresses import parse_address
from novu_core.delivery.mime import compose
from novu_core.delivery.plaintext import html_to_text
from novu_core.engine.rules import RULES
from novu_core.types import StepType

SHOP = parse_address("shop@example.com")
BOUND = 4.0
"""Seconds of CPU. Each of these takes a small part of one; in quadratic time most took minutes."""


def quick(work, *arguments):
    began = time.thread_time()
    done = work(*arguments)
    assert time.thread_time() - began < BOUND
    return done


HTML = {
    "blanks before text": ("<pre>" + " " * 300_000 + "x</pre>", "x"),
    "blanks and tabs before text": ("<pre>a" + "\t " * 150_000 + "x</pre>", "a" + "\t " * 150_000 + "x"),
    "blanks in lines": ("<pre>a" + (" " * 2000 + "\n") * 400 + "x</pre>", "a" + "\n" * 400 + "x"),
    "blanks outside of pre": ("a" + " " * 500_000 + "x", "a x"),
    "links that nothing ends": ("<a>x" * 100_000, "x" * 100_000),
    "links that end together": ("<a href='http://x.example'>x" * 20_000 + "</a>" * 20_000, None),
    "links and blanks": ("<a> " * 50_000 + "x", "x"),
    "templates that nothing ends": ("<template>" * 50_000 + "<b></b>" * 50_000, ""),
    "heads that nothing ends": ("<head>" * 50_000 + "</i>" * 50_000, ""),
    "start tags that nothing ends": ("<a " * 100_000, None),
    "attributes that nothing ends": ('<a x="' * 100_000, None),
    "comments that nothing ends": ("x" + "<!--" * 100_000, "x"),
    "sections that nothing ends": ("x" + "<![CDATA[" * 100_000, "x"),
    "images": ("<img alt=' '>" * 50_000 + "x", "x"),
    "lists in lists": ("<ul><li>" * 20_000 + "x", None),
}


@pytest.mark.parametrize(("html", "text"), HTML.values(), ids=HTML)
@pytest.mark.parametrize("sanitized", [False, True])
def test_html_becomes_text_in_linear_time(html, text, sanitized):
    if sanitized:
        html = quick(RULES.sanitize, StepType.EMAIL, {"html": html})["html"]
    found = quick(html_to_text, html)
    assert text is None or found == text


def test_a_link_ends_where_the_next_begins():
    html = '<a href="https://a.example">one <a href="https://b.example">two</a></a>'
    assert html_to_text(html) == "one (https://a.example)two (https://b.example)"


def test_what_is_hidden_in_a_link_does_not_end_it():
    html = '<a href="https://a.example">one<template><pre><a>x</a></template> two</a>  three'
    assert html_to_text(html) == "one two (https://a.example) three"


LINES = {
    "words": "a " * 400_000,
    "one word": "x" * 400_000,
    "outside ASCII": "é" * 200_000,
    "words outside ASCII": " é" * 200_000,
    "blanks": "a" + " " * 400_000 + "b",
    "quotes and backslashes": '"\\' * 200_000,
    "encoded words": "=?utf-8?q?x?= " * 30_000,
    "line breaks": "a\r\n" * 100_000,
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
@pytest.mark.parametrize(
    "content_of",
    [
        lambda line: {"subject": line, "body": "b"},
        lambda line: {"body": "b", "from": {"name": line, "email": "a@example.com"}},
        lambda line: {"html": "<p>b</p>", "preheader": line},
        lambda line: {"body": line},
        lambda line: {"html": line},
    ],
    ids=["subject", "sender", "preheader", "body", "html"],
)
def test_a_mail_of_long_lines_is_composed_in_linear_time_and_folded(make_message, line, content_of):
    letter = quick(compose, make_message(content_of(line)), SHOP)
    assert max(map(len, quick(letter.email.as_bytes).split(b"\r\n"))) <= 998  # RFC 5322, 2.1.1


@pytest.mark.parametrize("address", ["a@" * 200_000, "a." * 200_000 + "@b.c", "a@" + "é." * 100_000, '"\\' * 200_000])
def test_an_address_without_end_is_refused_at_once(address):
    with pytest.raises(ValueError, match=r"\S"):
        quick(parse_address, address)
