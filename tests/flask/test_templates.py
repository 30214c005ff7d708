"""Templates of a Flask app: in a request and in the worker alike, with Flask-Babel and without it."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path

import pytest
from flask import Flask, g, has_request_context

from flask_novu import Novu
from novu_core.testing import NovuEnvironment
from tests.catalogues import compile_catalogue

flask_babel = pytest.importorskip("flask_babel")
ADA = {
    "subscriberId": "ada",
    "email": "ada@example.org",
    "firstName": "Ada",
    "locale": "de",
    "timezone": "Europe/Berlin",
}
FILES = {
    "mail/hello.html": "<p>{{ _('Hello') }} {{ subscriber.first_name }} {{ site }} {{ url_for('home') }} {{ g.tenant }}</p>",
    "mail/when.txt": "{{ payload.at | datetimeformat('short') }} {{ 1234.5 | currencyformat('EUR') }} {{ _('Hello') }}",
    "mail/shared.txt": "{{ site }} {{ locale }} {{ config.TESTING }}",
}


@pytest.fixture
def make_app(tmp_path: Path):
    for name, text in FILES.items():
        path = tmp_path / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    compile_catalogue(tmp_path / "translations", "de", {"Hello": "Hallo", "welcome": "Willkommen"})

    def make(template="mail/hello.html", with_babel=None, **config):
        app = Flask("shop", root_path=str(tmp_path))
        app.config.update(TESTING=True, NOVU_PUBLIC_URL="https://shop.example.org", **config)
        if with_babel is not None:
            flask_babel.Babel(app, **with_babel)
        app.add_url_rule("/", "home", lambda: "home")
        app.context_processor(lambda: {"site": "Shop", "locale": "the app's"})
        novu = Novu(app)

        @novu.workflow("hello")
        def hello(step, payload):
            step.email("mail", {"subject": "{{t.welcome}}"}, template=template)

        @app.get("/send")
        def send():
            g.tenant = "T"
            run = app.extensions["novu"].trigger("hello", ADA, {"at": "2026-07-05T21:30:00Z"})
            return run.step_results.get("mail") or {"error": run.error["message"]}

        return app

    return make


HELLO = "<p>Hallo Ada Shop https://shop.example.org/ </p>"


@pytest.mark.parametrize("with_babel", [None, {}])
def test_a_template_is_the_same_in_a_request_and_in_the_worker(make_app, with_babel):
    app = make_app(with_babel=with_babel)
    with NovuEnvironment(app=app) as env:
        assert app.test_client().get("/send").json == {"subject": "Willkommen", "html": HELLO}
        env.trigger("hello", ADA, wait=False)
        assert not has_request_context()
        env.run_due()
        assert [mail.html for mail in env.outbox.email] == [HELLO] * 2


def test_what_a_workflow_is_given_wins_over_the_apps_context_processors(make_app):
    with NovuEnvironment(app=make_app("mail/shared.txt")) as env:
        env.trigger("hello", ADA)
        assert env.outbox.email[0].text == "Shop de True"


@pytest.mark.parametrize("with_babel", [None, {}])
@pytest.mark.parametrize(
    ("to", "shown"),
    [
        (ADA, "05.07.26, 23:30 1.234,50\xa0€ Hallo"),
        ({**ADA, "locale": "en_GB", "timezone": "Asia/Tokyo"}, "06/07/2026, 06:30 €1,234.50 Hello"),
        ({"subscriberId": "bob", "email": "b@c.d"}, "7/5/26, 9:30\u202fPM €1,234.50 Hello"),
        ({**ADA, "locale": "xx-nowhere"}, "7/5/26, 11:30\u202fPM €1,234.50 Hello"),
    ],
)
def test_dates_numbers_and_texts_are_the_recipients(make_app, with_babel, to, shown):
    with NovuEnvironment(app=make_app("mail/when.txt", with_babel)) as env:
        env.trigger("hello", to, {"at": "2026-07-05T21:30:00Z"})
        assert env.outbox.email[0].text == shown


def test_flask_babels_own_settings_and_languages_are_left_as_they_were(make_app):
    selected = {"locale_selector": lambda: "fr", "timezone_selector": lambda: "America/New_York"}
    app = make_app("mail/when.txt", selected, BABEL_DEFAULT_LOCALE="it")
    babel = app.extensions["babel"].instance
    babel.date_formats["datetime.short"] = "yyyy/MM/dd HH:mm"
    with NovuEnvironment(app=app) as env, app.test_request_context():
        before = (str(flask_babel.get_locale()), str(flask_babel.get_timezone()))
        env.trigger("hello", ADA, {"at": "2026-07-05T21:30:00Z"})
        assert env.outbox.email[0].text == "2026/07/05 23:30 1.234,50\xa0€ Hallo"
        env.trigger("hello", {"subscriberId": "bob", "email": "b@c.d"}, {"at": "2026-07-05T21:30:00Z"})
        assert env.outbox.email[1].text == "2026/07/05 21:30 1.234,50\xa0€ Hello"
        assert before == (str(flask_babel.get_locale()), str(flask_babel.get_timezone())) == ("fr", "America/New_York")


def test_a_time_zone_that_pytz_lacks_is_the_apps(make_app, monkeypatch):
    known = flask_babel.timezone

    def fewer(name):
        if name == "Europe/Berlin":
            raise KeyError(name)
        return known(name)

    with NovuEnvironment(app=make_app("mail/when.txt", {})) as env:
        monkeypatch.setattr(flask_babel, "timezone", fewer)
        env.trigger("hello", ADA, {"at": "2026-07-05T21:30:00Z"})
        assert env.outbox.email[0].text == "05.07.26, 21:30 1.234,50\xa0€ Hallo"


def test_outside_of_the_app_a_template_has_its_context(make_app):
    app = make_app()
    client = app.extensions["novu"]
    from novu_core.aio import Blocking, drive
    from novu_core.engine.preview import preview

    shown = drive(preview(client.engine, "hello", "mail", Blocking(), to={"subscriberId": "a", "firstName": "A"}))
    assert shown["output"]["html"] == "<p>Hello A Shop https://shop.example.org/ </p>"


def test_settings_may_name_other_templates_and_catalogues(make_app, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.txt").write_text("{{ _('Hello') }}")
    compile_catalogue(tmp_path / "more", "de", {"Hello": "Servus"})
    own = {"NOVU_TEMPLATES": str(tmp_path / "own"), "NOVU_TRANSLATIONS": str(tmp_path / "more")}
    with NovuEnvironment(app=make_app("a.txt", **own)) as env:
        env.trigger("hello", ADA)
        assert env.outbox.email[0].text == "Servus"
    more = {"NOVU_TRANSLATIONS": str(tmp_path / "more")}
    with NovuEnvironment(app=make_app("mail/hello.html", **more)) as env:
        env.trigger("hello", ADA)
        assert env.outbox.email[0].text.startswith("Servus Ada Shop")


def test_many_recipients_at_once_each_get_their_language(make_app):
    app = make_app("mail/when.txt", {})
    with NovuEnvironment(app=app) as env:
        people = [{"subscriberId": f"u{n}", "email": f"u{n}@b.c", "locale": "de" if n % 2 else "en"} for n in range(20)]
        threads = [
            threading.Thread(target=env.client.trigger, args=("hello", to, {"at": "2026-07-05T21:30:00Z"}))
            for to in people
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = {mail.subscriber_id: mail.text.rpartition(" ")[2] for mail in env.outbox.email}
    assert found == {f"u{n}": "Hallo" if n % 2 else "Hello" for n in range(20)}


def test_an_app_that_rendered_goes_away_when_nobody_holds_it(make_app):
    app = make_app(NOVU_DELIVERY={"email": "memory://"})
    assert app.test_client().get("/send").json["html"] == HELLO
    gone = weakref.ref(app)
    app.extensions["novu"].close()
    del app
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("path", ["/etc/hostname", "https://example.org/a.pdf"])
def test_no_request_chooses_a_file_of_this_machine(make_app, path):
    app = make_app("mail/shared.txt")
    body = {"to": ADA, "payload": {}, "overrides": {"email": {"attachments": [{"path": path}]}}}
    with NovuEnvironment(app=app) as env:
        answer = app.test_client().post("/api/novu/workflows/hello/execute", json=body)
        assert answer.status_code == 400
        assert answer.json["errors"][0]["path"] == "/overrides/email/attachments/0"
        assert not env.outbox
