"""Texts in the recipient's language and time zone: filters, catalogues, and Novu's markers."""

from __future__ import annotations

import struct
import sys
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import jinja2
import pytest
from pydantic import BaseModel

from novu_core.aio import Blocking, drive
from novu_core.engine.preview import preview
from novu_core.templates import babel
from novu_core.testing import NovuEnvironment
from tests.catalogues import compile_catalogue
from tests.engine.conftest import ADA

BERLIN = {**ADA, "locale": "de_DE", "timezone": "Europe/Berlin"}


@pytest.fixture
def say(registry):
    """Return what a template says to a recipient; ``say.env`` is the last environment."""

    def say(text, to=BERLIN, payload=None, context=None, translations=(), name="a.txt"):
        if "w" not in registry:

            @registry.workflow("w")
            def w(step, payload):
                step.email("it", {"subject": "s"}, template=name, context=lambda: say.context)

        say.context = context or {}
        environment = jinja2.Environment(loader=jinja2.DictLoader({name: text}))
        settings = {"NOVU_TEMPLATES": environment, "NOVU_TRANSLATIONS": [str(folder) for folder in translations]}
        with NovuEnvironment(registry, settings) as env:
            run = env.trigger("w", to, payload or {})
            say.run = run
            return run.step_results["it"]["text"] if run.status == "completed" else run.error["message"]

    return say


AT = datetime(2026, 7, 5, 21, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("expression", "german", "english"),
    [
        ("at | datetimeformat('short')", "05.07.26, 23:30", "7/5/26, 5:30\u202fPM"),
        ("at | datetimeformat('yyyy-MM-dd HH:mm', rebase=False)", "2026-07-05 21:30", "2026-07-05 21:30"),
        ("at | dateformat", "05.07.2026", "Jul 5, 2026"),
        ("at | dateformat('full')", "Sonntag, 5. Juli 2026", "Sunday, July 5, 2026"),
        ("at | timeformat('short')", "23:30", "5:30\u202fPM"),
        ("naive | timeformat('short')", "23:30", "5:30\u202fPM"),
        ("day | dateformat('long')", "5. Juli 2026", "July 5, 2026"),
        ("day | datetimeformat('short')", "05.07.26, 00:00", "7/5/26, 12:00\u202fAM"),
        ("clock | timeformat('short')", "08:05", "8:05\u202fAM"),
        ("'2026-07-05T21:30:00Z' | datetimeformat('short')", "05.07.26, 23:30", "7/5/26, 5:30\u202fPM"),
        ("'2026-07-05T21:30:00+00:00' | timeformat('short')", "23:30", "5:30\u202fPM"),
        ("'2026-07-05' | dateformat", "05.07.2026", "Jul 5, 2026"),
        ("'08:05' | timeformat('short')", "08:05", "8:05\u202fAM"),
        ("none | dateformat", "05.01.2026", "Jan 5, 2026"),
        ("none | datetimeformat('short')", "05.01.26, 10:00", "1/5/26, 4:00\u202fAM"),
        ("none | timeformat('short')", "10:00", "4:00\u202fAM"),
        ("lapse | timedeltaformat", "2 Stunden", "2 hours"),
        ("7200 | timedeltaformat", "2 Stunden", "2 hours"),
        ("'2026-01-05T07:00:00Z' | timedeltaformat", "2 Stunden", "2 hours"),
        ("'2026-01-05T07:00:00' | timedeltaformat", "2 Stunden", "2 hours"),
        ("1234567.891 | numberformat", "1.234.567,891", "1,234,567.891"),
        ("1234.5 | decimalformat('#,##0.00')", "1.234,50", "1,234.50"),
        ("'1234.5' | currencyformat('EUR')", "1.234,50\xa0€", "€1,234.50"),
        ("0.125 | percentformat", "12\xa0%", "12%"),
        ("'0.125' | percentformat('#,##0.0%')", "12,5%", "12.5%"),
        ("12345 | scientificformat", "1,2345E4", "1.2345E4"),
        ("'12345' | scientificformat", "1,2345E4", "1.2345E4"),
    ],
)
def test_dates_and_numbers_are_written_for_the_recipient(say, expression, german, english):
    given = {
        "at": AT,
        "naive": AT.replace(tzinfo=None),
        "day": date(2026, 7, 5),
        "clock": time(8, 5),
        "lapse": timedelta(hours=2),
    }
    text = "{{ " + expression + " }}"
    assert say(text, BERLIN, context=given) == german
    assert say(text, {**ADA, "locale": "en-US", "timezone": "America/New_York"}, context=given) == english


def test_a_text_that_is_no_time_is_named_with_its_line(say):
    assert say("\n{{ 'soon' | dateformat }}").startswith("Template `a.txt`, line 2: ValueError: ")


@pytest.mark.parametrize(
    ("locale", "shown"),
    [("de-AT", "5. Jänner 2026"), ("de_XX", "5. Januar 2026"), (None, "January 5, 2026"), ("  ", "January 5, 2026"),
     ("../../etc", "January 5, 2026"), ("xx", "January 5, 2026"), ("_", "January 5, 2026"),],
)  # fmt: skip
def test_any_locale_has_a_language(say, locale, shown):
    to = {key: value for key, value in {**BERLIN, "locale": locale}.items() if value is not None}
    assert say("{{ '2026-01-05' | dateformat('long') }}", to) == shown


@pytest.mark.parametrize(("zone", "shown"), [("Asia/Tokyo", "18:00"), (None, "09:00")])
def test_any_time_zone_has_a_time(say, zone, shown):
    to = {**ADA, "locale": "de", **({"timezone": zone} if zone else {})}
    assert say("{{ '2026-01-05T09:00:00Z' | timeformat('short') }}", to) == shown


def test_without_babel_a_filter_says_what_to_install(say, monkeypatch):
    babel._locale_of.cache_clear()
    monkeypatch.setitem(sys.modules, "babel.dates", None)
    assert "install 'flask-novu[i18n]'" in say("{{ '2026-01-05' | dateformat }}")


@pytest.fixture
def catalogues(tmp_path: Path) -> Path:
    compile_catalogue(
        tmp_path,
        "de",
        {
            "Hello %(name)s": "Hallo %(name)s",
            ("%(num)d comment", "%(num)d comments"): ("%(num)d Kommentar", "%(num)d Kommentare"),
            "welcome.title": "Willkommen & hallo",
            "Only German": "Nur Deutsch",
        },
    )
    compile_catalogue(tmp_path, "de_AT", {"Hello %(name)s": "Servus %(name)s"})
    return tmp_path


TEXT = "{{ _('Hello %(name)s', name='Ada') }}|{% trans %}Only German{% endtrans %}|{{ ngettext('%(num)d comment', '%(num)d comments', 2) }}"


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("de", "Hallo Ada|Nur Deutsch|2 Kommentare"),
        ("de-CH", "Hallo Ada|Nur Deutsch|2 Kommentare"),
        ("de_AT", "Servus Ada|Nur Deutsch|2 Kommentare"),
        ("fr", "Hello Ada|Only German|2 comments"),
        ("en", "Hello Ada|Only German|2 comments"),
    ],
)
def test_the_catalogues_of_the_app_are_used(say, catalogues, locale, shown):
    assert say(TEXT, {**ADA, "locale": locale}, translations=[catalogues]) == shown


def test_of_several_folders_the_first_that_knows_a_text_wins(say, catalogues, tmp_path):
    compile_catalogue(tmp_path / "own", "de", {"Hello %(name)s": "Moin %(name)s"})
    found = say(TEXT, {**ADA, "locale": "de"}, translations=[tmp_path / "own", catalogues])
    assert found == "Moin Ada|Nur Deutsch|2 Kommentare"


@pytest.mark.parametrize("damage", [b"", b"not a catalogue", struct.pack("<5I", 0x950412DE, 0, 9, 28, 900) + b"x" * 40])
def test_a_catalogue_that_is_broken_is_named(say, catalogues, damage):
    path = catalogues / "de" / "LC_MESSAGES" / "messages.mo"
    path.write_bytes(damage)
    told = say(TEXT, {**ADA, "locale": "de"}, translations=[catalogues])
    assert str(path) in told
    assert "the catalogue cannot be read" in told
    assert (say.run.status, say.run.error["type"]) == ("failed", "TemplateError")


def test_novus_markers_are_translated(registry, catalogues):
    schema = {"type": "object", "properties": {"title": {"type": "string", "default": "{{ t.welcome.title }}!"}}}

    @registry.workflow("w")
    def w(step, payload):
        step.email("it", lambda c: {"subject": c["title"], "body": payload["x"]}, control_schema=schema)
        step.in_app("bell", {"body": "{{t.welcome.title}} {{t.unknown}}", "data": {"a": ["{{t.welcome.title}}", 7]}})
        step.custom("own", lambda: {"x": "{{t.welcome.title}}"})

    with NovuEnvironment(registry, {"NOVU_TRANSLATIONS": str(catalogues)}) as env:
        steps = env.trigger(w, {**ADA, "locale": "de"}, {"x": "{{ not one }}"}).step_results
        assert (steps["it"]["subject"], steps["it"]["body"]) == ("Willkommen & hallo!", "{{ not one }}")
        assert steps["bell"]["body"] == "Willkommen & hallo {{t.unknown}}"
        assert steps["bell"]["data"] == {"a": ["Willkommen & hallo", 7]}
        assert steps["own"] == {"x": "{{t.welcome.title}}"}
        english = env.trigger(w, {**ADA, "locale": "en"}, {"x": "y"}).step_results
        assert english["bell"]["body"] == "{{t.welcome.title}} {{t.unknown}}"


def test_novus_markers_stand_in_templates_too(say, catalogues):
    text = "{{ t.welcome.title }}|{{ t['welcome']['title'] }}|{{ t.a.b }}"
    assert say(text, {**ADA, "locale": "de"}, translations=[catalogues]) == "Willkommen & hallo|Willkommen & hallo|a.b"


def test_a_broken_catalogue_fails_a_step_with_a_marker(registry, catalogues):
    (catalogues / "de" / "LC_MESSAGES" / "messages.mo").write_bytes(b"x")

    @registry.workflow("w")
    def w(step):
        step.email("it", {"subject": "{{t.welcome.title}}", "body": "b"})

    with NovuEnvironment(registry, {"NOVU_TRANSLATIONS": str(catalogues)}) as env:
        run = env.trigger(w, {**ADA, "locale": "de"})
    assert "the catalogue cannot be read" in run.error["message"]


class Order(BaseModel):
    total: float = 1234.5
    due: datetime = AT


def test_a_workflow_is_previewed_in_two_languages(registry, catalogues):
    @registry.workflow("order")
    def order(payload: Order, step):
        step.email("mail", {"subject": "{{t.welcome.title}}"}, template="order.txt")

    source = "{{ _('Hello %(name)s', name=subscriber.first_name) }}: {{ payload.total | currencyformat('EUR') }}, {{ payload.due | dateformat }}"
    environment = jinja2.Environment(loader=jinja2.DictLoader({"order.txt": source}))
    with NovuEnvironment(registry, {"NOVU_TEMPLATES": environment, "NOVU_TRANSLATIONS": str(catalogues)}) as env:

        def shown(locale, zone):
            to = {"subscriberId": "ada", "firstName": "Ada", "locale": locale, "timezone": zone}
            return drive(preview(env.client.engine, "order", "mail", Blocking(), to=to))["output"]

        assert shown("de_DE", "Europe/Berlin") == {
            "subject": "Willkommen & hallo",
            "text": "Hallo Ada: 1.234,50\xa0€, 05.07.2026",
        }
        assert shown("en_GB", "Asia/Tokyo") == {
            "subject": "{{t.welcome.title}}",
            "text": "Hello Ada: €1,234.50, 6 Jul 2026",
        }
