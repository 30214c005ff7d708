"""What the fixtures do: a page that complains, or asks another host for anything, fails its test."""

from __future__ import annotations

import pytest
from flask import Flask

PAGES = {
    "quiet": "<p>Hello</p>",
    "warning": "<script>console.warn('careful')</script>",
    "error": "<script>console.error('broken')</script>",
    "thrown": "<script>throw new Error('thrown')</script>",
    "missing": "<img src=/missing.png alt=''>",
    "foreign": "<img src=//example.org/pixel.png alt=''>",
}


@pytest.fixture
def address(serve) -> str:
    app = Flask(__name__)
    app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    app.add_url_rule("/<name>", "page", lambda name: PAGES.get(name, ("", 404)))
    return serve(app)


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_complains_of_is_a_fault(name, page, watch, address):
    page.goto(f"{address}/{name}")
    watch.until(lambda: watch.faults or name == "quiet")
    page.evaluate("fetch('/quiet').then((answer) => answer.text())")  # what came before it has been heard by now
    faults, watch.faults = watch.faults, []
    assert bool(faults) is (name != "quiet")


def test_what_a_test_expects_is_none(page, watch, address):
    watch.expect("console warning: careful")
    page.goto(f"{address}/warning")
    page.goto(f"{address}/error")
    watch.until(lambda: watch.faults and watch.expected)
    [fault], watch.faults = watch.faults, []
    assert "broken" in fault


def test_visitors_share_no_cookies(make_context, address):
    one, other = make_context(), make_context()
    one.add_cookies([{"name": "who", "value": "ada", "url": address}])
    assert (len(one.cookies()), len(other.cookies())) == (1, 0)
