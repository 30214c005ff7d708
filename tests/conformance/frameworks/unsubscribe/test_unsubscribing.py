"""The pages behind the links of a mail, on every face: one click, the buttons, the preference centre, bad links."""

from __future__ import annotations

import re

import pytest

from novu_core import Registry
from tests.conformance.frameworks.unsubscribe.conftest import (
    CLICK,
    SETTINGS,
    centre,
    heading,
    is_on,
    post,
    unsubscribing,
)
from tests.links import choose, form_of, multipart, urlencoded


def test_looking_changes_nothing(api):
    for method in ("GET", "HEAD", "OPTIONS"):
        assert api.request(method, unsubscribing(api)).status == 200
    assert heading(api.get(unsubscribing(api))) == "Do you want to unsubscribe?"
    assert "News &amp; &#34;more&#34;" in api.get(unsubscribing(api)).body.decode()
    assert api.get(centre(api)).status == 200
    assert api.novu.preferences.get("ada") == api.novu.preferences.get("ada", "news") == {}


@pytest.mark.parametrize("encode", [urlencoded, multipart])
def test_one_click_closes_only_email_of_that_workflow(api, encode):
    for _ in range(2):  # a mail service may repeat it
        answer = post(api, unsubscribing(api), *CLICK.items(), encode=encode)
        assert (answer.status, heading(answer)) == (200, "You are unsubscribed")
    assert not is_on(api)
    assert is_on(api, channel="in_app")
    assert is_on(api, "alarm")
    assert api.novu.preferences.decision("ada", "email").enabled
    assert api.novu.preferences.get("bob", "news") == {}


def test_the_step_is_skipped_then_and_says_why(api):
    post(api, unsubscribing(api), *CLICK.items())
    run = api.novu.trigger("news", {"subscriberId": "ada", "email": "ada@example.org"})
    bell, mail = api.get(f"/executions/{run.execution_id}").json["steps"]
    assert (bell["outcome"], mail["outcome"], mail["reason"]) == ("delivered", "skipped", "preference")


def test_the_buttons_of_the_page(api):
    path = unsubscribing(api)
    for choice, said, on, everywhere in [
        ("workflow-off", "You are unsubscribed", False, True),
        ("workflow-on", "You are subscribed to these e-mails again", True, True),
        ("all-off", "You are unsubscribed from all e-mail", False, False),
        ("all-on", "You are subscribed to e-mail again", True, True),
    ]:
        assert choice in choose(api.get(path).body)
        answer = post(api, path, choice=choice)
        assert (answer.status, heading(answer)) == (200, said)
        assert (is_on(api), api.novu.preferences.decision("ada", "email").enabled) == (on, everywhere)


def test_what_comes_all_the_same_is_told(api, make_api, news):
    told = b"You will still receive important e-mails, which cannot be turned off."
    assert told not in api.get(unsubscribing(api)).body
    assert told in post(api, unsubscribing(api), choice="all-off").body
    alone = Registry()
    alone.add(news["news"])
    other = make_api(alone, **SETTINGS)
    assert told not in post(other, unsubscribing(other), choice="all-off").body


def test_the_form_posts_to_its_own_address_and_leads_to_the_preference_centre(api):
    for path in (unsubscribing(api), unsubscribing(api) + "/"):
        page = api.get(path)
        assert form_of(page.body) == {"method": "post"}
        [link] = re.findall(rb'href="([^"]+)"', page.body)
        assert api.get(resolved(path, link.decode())).status == 200


def resolved(path, link):
    from urllib.parse import urljoin

    return urljoin(f"http://x{path}", link).removeprefix("http://x")


def test_an_archived_workflow_can_be_unsubscribed_from(api):
    path = unsubscribing(api)
    api.novu.workflows.archive("news")
    assert post(api, path, *CLICK.items()).status == 200
    assert not is_on(api)
    assert b"News" not in api.get(centre(api)).body


def test_the_apps_own_templates_on_every_face(make_api, news, tmp_path):
    (tmp_path / "novu").mkdir()
    (tmp_path / "novu" / "unsubscribe.html").write_text(
        "<h1>{{ workflow.name }}: {{ enabled }} {{ done }}</h1>", "utf-8"
    )
    api = make_api(news, templates=str(tmp_path), **SETTINGS)
    assert heading(api.get(unsubscribing(api))) == 'News & "more": True None'
    assert heading(post(api, unsubscribing(api), *CLICK.items())) == 'News & "more": False workflow-off'
    assert api.get("/unsubscribe/x").status == 404
    assert heading(api.get(centre(api))) == "Your notifications"


def test_what_browsers_and_caches_are_told(api):
    for answer in (
        api.get(unsubscribing(api)),
        api.get(centre(api)),
        api.get("/unsubscribe/x"),
        api.request("DELETE", unsubscribing(api)),
    ):
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert (policy["default-src"], policy["frame-ancestors"], policy["form-action"]) == (
            "'none'",
            "'none'",
            "'self'",
        )
        assert "script-src" not in policy
        assert "unsafe" not in policy["style-src"]
        assert {name: answer.headers[name] for name in ("referrer-policy", "x-robots-tag", "x-frame-options")} == {
            "referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow", "x-frame-options": "DENY",
        }  # fmt: skip
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert b"<script" not in answer.body
    assert api.request("DELETE", unsubscribing(api)).status == 405


def test_other_websites_mail_services_and_strict_apps_need_no_login(make_api, news):
    api = make_api(news, debug=False, strict_authentication=True, **SETTINGS)
    media, body = urlencoded(CLICK.items())
    headers = {"content-type": media, "origin": "https://mail.example.com", "sec-fetch-site": "cross-site"}
    assert api.request("POST", unsubscribing(api), data=body, headers=headers).status == 200
    assert not is_on(api)


def test_a_store_that_fails_is_told_without_its_words(api, monkeypatch, caplog):
    path = unsubscribing(api)

    def fail(*given, **named):
        raise RuntimeError("the secret table")

    monkeypatch.setattr(api.novu.engine.parts.store, "known", fail)
    answer = api.get(path)
    assert (answer.status, heading(answer)) == (500, "That did not work, and it is our fault.")
    assert b"secret table" not in answer.body
    assert re.search(r"error_id ([\w-]+)", answer.body.decode())[1] in caplog.text


def test_with_novu_nothing_is_kept_here(make_api, news):
    path = unsubscribing(make_api(news, **SETTINGS))
    assert make_api(news, dispatch="cloud", **SETTINGS).get(path).status == 404
