"""HTML for mail readers, with what the extra `email` brings and without it."""

from __future__ import annotations

import sys

import pytest

from novu_core.errors import TemplateError
from novu_core.templates import markup
from novu_core.templates.base import is_html, is_mjml, text_sibling


@pytest.fixture(autouse=True)
def fresh():
    markup._inliner.cache_clear()
    yield
    markup._inliner.cache_clear()


def test_without_css_inline_the_style_stays_and_the_log_says_so_once(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "css_inline", None)
    html = "<style>p { color: red }</style><p>x</p>"
    caplog.set_level("INFO")
    assert [markup.inlined("a.html", html) for _ in range(3)] == [html] * 3
    assert caplog.text.count("install flask-novu[email]") == 1


def test_without_mjml_a_template_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mjml", None)
    with pytest.raises(TemplateError, match=r"install flask-novu\[email\]"):
        markup.html_of_mjml("a.mjml", "<mjml></mjml>")


def test_css_that_cannot_be_read_is_told(monkeypatch):
    class Broken:
        def inline(self, html):
            raise ValueError("no")

    monkeypatch.setattr(markup, "_inliner", Broken)
    with pytest.raises(TemplateError, match=r"Template `a.html`: its CSS: no"):
        markup.inlined("a.html", "<style></style>")
    monkeypatch.undo()


def test_no_style_sheet_is_fetched_or_read(tmp_path, monkeypatch):
    sheet = tmp_path / "x.css"
    sheet.write_text("p { color: red }")
    for address in (sheet.as_uri(), str(sheet), "http://127.0.0.1:1/x.css"):
        html = f'<html><head><link rel="stylesheet" href="{address}"><style>a {{ x: y }}</style></head><body><p>x</p></body></html>'
        made = markup.inlined("a.html", html)
        assert "red" not in made
        assert address in made


@pytest.mark.parametrize("html", ["", "<p>x</p>", "x < y & <b>z</b>"])
def test_html_without_a_style_is_left_as_it_is(html):
    assert markup.inlined("a.html", html) == html


@pytest.mark.parametrize(
    ("name", "html", "mjml", "sibling"),
    [
        ("a.html", True, False, "a.txt"),
        ("mail/a.b.HTM", True, False, "mail/a.b.txt"),
        ("a.html.j2", True, False, "a.txt.j2"),
        ("a.mjml.jinja2", True, True, "a.txt.jinja2"),
        ("a.txt", False, False, "a.txt"),
        ("a.md.jinja", False, False, "a.txt.jinja"),
    ],
)
def test_what_a_name_says(name, html, mjml, sibling):
    assert (is_html(name), is_mjml(name), text_sibling(name)) == (html, mjml, sibling)
