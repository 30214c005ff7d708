"""The pages behind links in the app's own templates and languages, and when those fail."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from flask_novu import Novu
from novu_core import Registry
from tests.catalogues import compile_catalogue

SITE = "https://app.example.org"
GERMAN = {
    "Do you want to unsubscribe?": "Möchten Sie sich abmelden?",
    "Unsubscribe from “{workflow}”": "Von „{workflow}“ abmelden",
    "Your notifications": "Ihre Benachrichtigungen",
    "E-mail": "E-Mail",
    "News {now}": "Neues {jetzt}",
    "You receive e-mail about “{workflow}”.": "Sie bekommen E-Mail zu „{workflow}“ {und} {0}.",
}


@pytest.fixture
def registry():
    registry = Registry()

    @registry.workflow("news", name="News {now}")
    def news(step):
        step.email("mail", {"subject": "s", "body": "b"})

    return registry


@pytest.fixture
def make_app(tmp_path: Path, registry):
    def make(templates=None, **config):
        for name, text in (templates or {}).items():
            (tmp_path / "templates" / "novu").mkdir(parents=True, exist_ok=True)
            (tmp_path / "templates" / "novu" / name).write_text(text, "utf-8")
        app = Flask("shop", root_path=str(tmp_path))
        app.config.update(TESTING=True, NOVU_PUBLIC_URL=SITE, NOVU_SECRET_KEY="k", SECRET_KEY="s", **config)
        app.context_processor(lambda: {"shop": "The <shop>"})
        Novu(app, workflows=registry)
        made.append(app)
        return app

    made: list[Flask] = []
    yield make
    for app in made:
        app.extensions["novu"].close()


def pages(app, locale=None):
    """The two pages of a subscriber."""
    novu = app.extensions["novu"]
    novu.subscribers.upsert({"subscriberId": "ada", "firstName": "<Ada>", "locale": locale})
    return [
        app.test_client().get(url, base_url=SITE)
        for url in (novu.preferences.unsubscribe_url("ada", "news"), novu.preferences.url("ada"))
    ]


OWN = """<!doctype html><html lang="{{ locale }}"><h1>{{ shop }}</h1><p>{{ subscriber.first_name }}: {{ workflow.name }}
{{ enabled }} {{ all_enabled }} {{ done }} {{ fixed }} {{ timezone }} {{ _("E-mail") }}</p>
<form method="post"><button name="choice" value="workflow-off">Stop</button></form><a href="{{ preferences_url }}">All</a></html>"""


def test_the_apps_own_templates_are_shown(make_app, tmp_path):
    compile_catalogue(tmp_path / "translations", "de", GERMAN)
    listing = (
        "{% for s in sections %}{{ s.id }}:{% for c in s.channels %}{{ c.field }} {% endfor %};{% endfor %}{{ saved }}"
    )
    app = make_app({"unsubscribe.html": OWN, "preferences.html": listing})
    page, centre = pages(app, "de")
    assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
    assert "<h1>The &lt;shop&gt;</h1><p>&lt;Ada&gt;: News {now}\nTrue True None False UTC E-Mail</p>" in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert centre.text == "None:email: ;news:email:news ;False"
    novu = app.extensions["novu"]
    url = novu.preferences.unsubscribe_url("ada", "news")
    told = app.test_client().post(url, data={"choice": "workflow-off"}, base_url=SITE)
    assert "False True workflow-off False" in told.text


@pytest.mark.parametrize("broken", ["{{ 1 / 0 }}", "{% if %}", "{% include 'nothing.html' %}", "{{ nothing.at.all }}"])
def test_where_the_apps_template_fails_ours_is_shown_and_the_log_says_why(make_app, broken, caplog):
    page, centre = pages(make_app({"unsubscribe.html": broken}))
    assert "<h1>Do you want to unsubscribe?</h1>" in page.text
    assert "The app's page novu/unsubscribe.html failed" in caplog.text
    assert centre.status_code == 200


def test_so_is_it_where_the_file_cannot_be_read(make_app, tmp_path, caplog):
    app = make_app({"unsubscribe.html": ""})
    (tmp_path / "templates" / "novu" / "unsubscribe.html").write_bytes(b"\xff")
    page, _ = pages(app)
    assert "<h1>Do you want to unsubscribe?</h1>" in page.text
    assert "can't decode" in caplog.text


@pytest.mark.parametrize(("locale", "lang"), [("de", "de"), ("de_AT", "de-AT"), ("de-CH", "de-CH")])
def test_ours_speak_the_subscribers_language(make_app, tmp_path, locale, lang):
    compile_catalogue(tmp_path / "translations", "de", GERMAN)
    page, centre = pages(make_app(), locale)
    assert re.search(r'<html lang="([^"]+)" dir="ltr">', page.text)[1] == lang
    assert "<h1>Möchten Sie sich abmelden?</h1>" in page.text
    assert "Von „Neues {jetzt}“ abmelden" in page.text
    assert "Sie bekommen E-Mail zu „Neues {jetzt}“ {und} {0}." in page.text  # a catalogue's own braces are harmless
    assert "Unsubscribe from all e-mail" in page.text  # what it lacks
    assert "<h1>Ihre Benachrichtigungen</h1>" in centre.text
    assert "Neues {jetzt}" in centre.text


@pytest.mark.parametrize("locale", [None, "", "fr", "??", "x" * 500, "x_" * 500 + "x", "../../etc"])
def test_other_languages_get_english(make_app, tmp_path, locale):
    compile_catalogue(tmp_path / "translations", "de", GERMAN)
    page, _ = pages(make_app(), locale)
    assert '<html lang="en" dir="ltr">' in page.text
    assert "<h1>Do you want to unsubscribe?</h1>" in page.text


@pytest.mark.parametrize(("locale", "direction"), [("ar_EG", "rtl"), ("he", "rtl"), ("de", "ltr")])
def test_the_direction_of_the_script(make_app, tmp_path, locale, direction):
    compile_catalogue(tmp_path / "translations", locale.partition("_")[0], {"Your notifications": "إشعاراتك"})
    page, _ = pages(make_app(), locale)
    assert re.search(r'dir="(\w+)"', page.text)[1] == direction


def test_a_broken_catalogue_is_told_to_the_log_and_the_page_is_english(make_app, tmp_path, caplog):
    path = compile_catalogue(tmp_path / "translations", "de", GERMAN)
    path.write_bytes(b"broken")
    page, _ = pages(make_app(), "de")
    assert "<h1>Do you want to unsubscribe?</h1>" in page.text
    assert "messages.mo" in caplog.text


def test_every_text_of_ours_stands_in_the_documentation():
    from novu_core.http.unsubscribe import centre, render

    folder = Path(render.__file__).parent / "pages"
    said = [text for page in folder.glob("*.html") for text in re.findall(r'say\("([^"]+)"', page.read_text("utf-8"))]
    documented = (Path(__file__).parents[2] / "docs" / "unsubscribe.md").read_text("utf-8").split("```text\n")[1]
    assert sorted({*said, *centre.CHANNELS.values()}) == sorted(documented.split("```")[0].splitlines())


def test_a_workflows_name_is_text_wherever_it_stands(make_app, registry):
    @registry.workflow("odd", name="<script>alert(1)</script>{{ 1 }}{workflow}")
    def odd(step):
        step.email("mail", {"subject": "s", "body": "b"})

    app = make_app()
    url = app.extensions["novu"].preferences.unsubscribe_url("ada", "odd")
    text = app.test_client().get(url, base_url=SITE).text
    assert "<script" not in text
    assert "Unsubscribe from “<script>alert(1)</script>{{ 1 }}{workflow}”" in unescape(text)


def test_they_hold_under_a_mount(make_app):
    from werkzeug.test import Client as WsgiClient

    app = make_app()
    app.config["NOVU_PUBLIC_URL"] = f"{SITE}/shop"
    url = app.extensions["novu"].preferences.unsubscribe_url("ada", "news")
    assert url.startswith(f"{SITE}/shop/api/novu/unsubscribe/")
    answer = WsgiClient(app).get(url.removeprefix(f"{SITE}/shop"), base_url=f"{SITE}/shop")
    assert answer.status_code == 200


def test_apps_with_csrf_protection_take_one_click(make_app):
    from flask_wtf.csrf import CSRFProtect

    app = make_app()
    CSRFProtect(app)
    url = app.extensions["novu"].preferences.unsubscribe_url("ada", "news")
    assert app.test_client().post(url, data={"List-Unsubscribe": "One-Click"}, base_url=SITE).status_code == 200
