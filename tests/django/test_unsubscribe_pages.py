"""The pages behind links under Django: the project's own templates and languages, and where its URLconf has them."""

from __future__ import annotations

import pytest
from django.test import Client as Visitor
from django.test import override_settings
from django.urls import include, path

from novu_core import Registry
from novu_core.integrations.django.client import AppClient, using
from novu_core.testing import NovuEnvironment
from tests.catalogues import compile_catalogue
from tests.conformance import django_project

assert django_project
SITE = "https://app.example.org"
GERMAN = {"Do you want to unsubscribe?": "Möchten Sie sich abmelden?", "Your notifications": "Ihre Benachrichtigungen"}
OWN = "{% load i18n %}<h1>{% trans 'Your notifications' %}</h1>{{ workflow.name }} {{ subscriber.first_name }} {{ enabled }}"
urlpatterns = [path("elsewhere/", include("novu_core.integrations.django.urls"))]


@pytest.fixture
def client():
    registry = Registry()

    @registry.workflow("news", name="<News>")
    def news(step):
        step.email("mail", {"subject": "s", "body": "b"})

    made = AppClient(registry, store_url="sqlite://", worker="none", public_url=SITE, secret_key="k")
    with using(made):
        made.subscribers.upsert({"subscriberId": "ada", "firstName": "<Ada>", "locale": "de_AT"})
        yield made
    made.close()


def shown(client):
    address = client.preferences.unsubscribe_url("ada", "news")
    return Visitor().get(address.removeprefix(SITE))


def test_the_projects_own_template_in_the_subscribers_language(client, tmp_path):
    (tmp_path / "templates" / "novu").mkdir(parents=True)
    (tmp_path / "templates" / "novu" / "unsubscribe.html").write_text(OWN, "utf-8")
    compile_catalogue(tmp_path / "locale", "de", GERMAN, domain="django")
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [tmp_path / "templates"]}
    with override_settings(TEMPLATES=[engine], LOCALE_PATHS=[tmp_path / "locale"]):
        answer = shown(client)
    assert answer.content.decode() == "<h1>Ihre Benachrichtigungen</h1>&lt;News&gt; &lt;Ada&gt; True"
    assert "frame-ancestors 'none'" in answer["content-security-policy"]


def test_ours_in_the_subscribers_language(client, tmp_path):
    compile_catalogue(tmp_path / "locale", "de", GERMAN, domain="django")
    with override_settings(LOCALE_PATHS=[tmp_path / "locale"]):
        text = shown(client).content.decode()
    assert '<html lang="de-AT" dir="ltr">' in text
    assert "<h1>Möchten Sie sich abmelden?</h1>" in text


@pytest.mark.parametrize("under", ["", "/shop"])
def test_links_lead_where_the_urlconf_has_the_routes(client, under):
    with override_settings(ROOT_URLCONF=__name__, FORCE_SCRIPT_NAME=under or None):
        address = client.preferences.unsubscribe_url("ada", "news")
        assert address.startswith(f"{SITE}/elsewhere/unsubscribe/")
        assert Visitor().get(address.removeprefix(SITE)).status_code == 200


def test_so_do_those_of_a_test_environment(client):
    with override_settings(ROOT_URLCONF=__name__), NovuEnvironment(app=client) as env:
        env.trigger("news", {"subscriberId": "ada", "email": "ada@example.org"})
        assert env.outbox.email[0].unsubscribe_url.startswith(f"{SITE}/elsewhere/unsubscribe/")


def test_without_routes_the_setting_says_where_they_are(client):
    with override_settings(ROOT_URLCONF=()):
        assert client.preferences.url("ada").startswith(f"{SITE}/api/novu/preferences/")
