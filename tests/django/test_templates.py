"""Templates of a Django project: its engines, its translations, its time zones."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from django.test import override_settings

from novu_core import Registry
from novu_core.integrations.django.client import AppClient
from novu_core.integrations.django.templates import ProjectTemplates
from novu_core.testing import NovuEnvironment
from tests.catalogues import compile_catalogue
from tests.conformance import django_project

assert django_project
ADA = {
    "subscriberId": "ada",
    "email": "ada@example.org",
    "firstName": "Ada",
    "locale": "de_DE",
    "timezone": "Europe/Berlin",
}


@pytest.fixture
def send(tmp_path):
    """Send a mail by a template of a project that has these files."""

    def send(files, template="mail/a.html", to=ADA, payload=None, jinja=False, context=None):
        for name, text in files.items():
            path = tmp_path / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        kind = "jinja2.Jinja2" if jinja else "django.DjangoTemplates"
        registry = Registry()

        @registry.workflow("w")
        def w(step, payload):
            step.email("it", {"subject": "{{t.welcome}}"}, template=template, context=context)

        configured = {
            "TEMPLATES": [{"BACKEND": f"django.template.backends.{kind}", "DIRS": [tmp_path / "templates"]}],
            "LOCALE_PATHS": [tmp_path / "locale"],
            "USE_TZ": True,
            "NOVU_STORE_URL": "sqlite://",
            "NOVU_WORKER": "none",
        }
        with override_settings(**configured), NovuEnvironment(app=AppClient(registry)) as env:
            run = env.trigger("w", to, payload or {})
            return run.step_results["it"] if run.status == "completed" else run.error["message"]

    return send


FILES = {
    "mail/a.html": "<p>{{ subscriber.first_name }}: {{ payload.x }} {{ locale }}</p>",
    "mail/a.txt": "{{ payload.x }}",
}


@pytest.mark.parametrize("jinja", [False, True])
def test_html_is_escaped(send, jinja):
    made = send(FILES, payload={"x": "<i>"}, jinja=jinja)
    assert made["html"] == "<p>Ada: &lt;i&gt; de_DE</p>"


def test_text_is_not(send):
    assert send(FILES, payload={"x": "<i> & y"})["text"] == "<i> & y"


def test_the_recipients_language_and_time_zone_are_djangos(send, tmp_path):
    compile_catalogue(tmp_path / "locale", "de", {"Hello": "Hallo", "welcome": "Willkommen"}, "django")
    files = {"a.txt": "{% load i18n %}{% translate 'Hello' %} {{ at|date:'D H:i' }}"}
    at = {"at": datetime(2026, 7, 5, 21, 30, tzinfo=timezone.utc)}
    tokyo = {**ADA, "locale": "en", "timezone": "Asia/Tokyo"}
    assert send(files, "a.txt", context=at) == {"subject": "Willkommen", "text": "Hallo So 23:30"}
    assert send(files, "a.txt", tokyo, context=at) == {"subject": "{{t.welcome}}", "text": "Hello Mon 06:30"}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "Template `mail/a.html`: it does not exist"),
        ({"mail/a.html": "a\n{% if %}"}, "Template `mail/a.html`, line 2: TemplateSyntaxError: "),
        (
            {"mail/a.html": "a\n\n{% include 'b.html' %}"},
            "Template `mail/a.html`, line 3: it names 'b.html', which does not exist",
        ),
        (
            {"mail/a.html": "a\n{% widthratio payload.x 1 'a' %}"},
            "Template `mail/a.html`, line 2: TemplateSyntaxError: ",
        ),
    ],
)
def test_what_goes_wrong_is_named_with_its_line(send, files, told):
    assert told in send(files, payload={"x": "y"})


@pytest.mark.parametrize("files", [{}, {"mail/a.html": "{% load i18n %}{% translate 'Hello' %}"}])
def test_a_catalogue_that_is_broken_fails_the_step(send, tmp_path, files):
    path = compile_catalogue(tmp_path / "locale", "cs", {"welcome": "Vítejte"}, "django")
    path.write_bytes(b"not a catalogue")
    told = send({"mail/b.txt": "b", **files}, "mail/a.html" if files else "mail/b.txt", {**ADA, "locale": "cs"})
    assert told.startswith("Template `")
    assert "error" in told.lower() or "cannot be read" in told


def test_a_project_may_name_jinjas_templates_in_its_settings(send, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mail").mkdir()
    (tmp_path / "own" / "mail" / "a.html").write_text("{{ payload.x ~ '!' }}", "utf-8")
    with override_settings(NOVU_TEMPLATES=str(tmp_path / "own")):
        assert send({}, payload={"x": "<"})["html"] == "&lt;!"


def test_a_template_that_cannot_be_read_is_there(tmp_path):
    (tmp_path / "a.txt").write_text("{% if %}")
    configured = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [tmp_path]}]
    with override_settings(TEMPLATES=configured):
        assert ProjectTemplates().has("a.txt")
        assert not ProjectTemplates().has("b.txt")
