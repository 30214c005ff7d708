"""The pages behind the links of a mail, on every face: one click, the buttons, the preference centre, bad links."""

from __future__ import annotations

import re
from html import unescape

import pytest

from novu_core import Registry
from tests.conformance.frameworks.conftest import KEY, PREFIX
from tests.links import boxes, choose, form_of, multipart, urlencoded

SITE = "https://app.example.org"
SETTINGS = {"public_url": SITE, "secret_key": KEY}
CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def news(registry):
    @registry.workflow("news", name='News & "more"')
    def news(step):
        step.in_app("bell", {"body": "b"})
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("offers", preferences={"channels": {"email": {"enabled": False}}})
    def offers(step):
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("alarm", critical=True)
    def alarm(step):
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("terms", preferences={"all": {"enabled": True, "read_only": True}})
    def terms(step):
        step.email("mail", {"subject": "s", "body": "b"})

    return registry


@pytest.fixture
def api(make_api, news):
    return make_api(news, **SETTINGS)


def below(url):
    assert url.startswith(SITE + PREFIX)
    return url.removeprefix(SITE + PREFIX)


def unsubscribing(api, workflow="news", subscriber="ada"):
    return below(api.novu.preferences.unsubscribe_url(subscriber, workflow))


def centre(api, subscriber="ada"):
    return below(api.novu.preferences.url(subscriber))


def post(api, path, *fields, encode=urlencoded, **named):
    media, body = encode([*fields, *named.items()])
    return api.request("POST", path, data=body, headers={"content-type": media})


def heading(answer):
    return unescape(re.search(rb"<h1>(.*?)</h1>", answer.body, re.DOTALL)[1].decode())


def is_on(api, workflow="news", channel="email"):
    return api.novu.preferences.decision("ada", channel, workflow).enabled


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
        ("workflow-on", "You get these e-mails again", True, True),
        ("all-off", "You are unsubscribed from all e-mail", False, False),
        ("all-on", "You get e-mail again", True, True),
    ]:
        assert choice in choose(api.get(path).body)
        answer = post(api, path, choice=choice)
        assert (answer.status, heading(answer)) == (200, said)
        assert (is_on(api), api.novu.preferences.decision("ada", "email").enabled) == (on, everywhere)


def test_what_comes_all_the_same_is_told(api, make_api, news):
    told = b"Important e-mails that cannot be turned off still come."
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


@pytest.mark.parametrize("workflow", ["alarm", "terms"])
def test_what_subscribers_may_not_close_has_no_links_and_old_ones_say_so(api, news, workflow):
    path = unsubscribing(api)
    news["news"].critical = workflow == "alarm"
    if workflow == "terms":
        news["news"].preferences = news["terms"].preferences
    page, answer = api.get(path), post(api, path, *CLICK.items())
    assert (page.status, answer.status) == (200, 409)
    assert heading(page) == heading(answer) == "You cannot turn these e-mails off"
    assert choose(page.body) == ["all-off"]
    assert api.novu.preferences.get("ada", "news") == {}
    assert is_on(api)


def test_the_links_of_a_workflow_that_is_gone_still_close_all_email(make_api, news):
    path = unsubscribing(make_api(news, **SETTINGS))
    left = Registry()
    left.add(news["offers"])
    api = make_api(left, **SETTINGS)
    page, answer = api.get(path), post(api, path, *CLICK.items())
    assert (page.status, answer.status) == (404, 404)
    assert heading(page) == "These e-mails are no longer sent"
    assert choose(page.body) == ["all-off"]
    assert post(api, path, choice="all-off").status == 200
    assert not api.novu.preferences.decision("ada", "email").enabled


def test_an_archived_workflow_can_be_unsubscribed_from(api):
    path = unsubscribing(api)
    api.novu.workflows.archive("news")
    assert post(api, path, *CLICK.items()).status == 200
    assert not is_on(api)
    assert b"News" not in api.get(centre(api)).body


def cut(token):
    return token[:-1]


def more(token):
    return token + "A"


def swapped(token):
    value, _, signature = token.rpartition(".")
    return f"{value[:-1]}{'A' if value[-1] != 'A' else 'B'}.{signature}"


BAD = {
    "cut": cut,
    "longer": more,
    "changed": swapped,
    "unsigned": lambda token: token.rpartition(".")[0],
    "no value": lambda token: "." + token.rpartition(".")[2],
    "preview": lambda token: "preview",
    "not ASCII": lambda token: "%C3%A9%F0%9F%98%80." + token,
    "not UTF-8": lambda token: "%FF%FE." + token,
    "zero": lambda token: token + "%00",
    "long": lambda token: token * 20,
}


@pytest.mark.parametrize("path_of", [unsubscribing, centre])
@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_a_bad_link_is_answered_as_every_other_one(api, path_of, spoil):
    kind, token = path_of(api).rsplit("/", 1)
    refused = api.get("/unsubscribe/x")
    for answer in (api.get(f"{kind}/{spoil(token)}"), post(api, f"{kind}/{spoil(token)}", *CLICK.items())):
        assert (answer.status, answer.body) == (404, refused.body)
        assert heading(answer) == "This link does not work any more."
    assert api.novu.preferences.get("ada", "news") == {}


def test_links_of_other_kinds_keys_and_of_deleted_subscribers_are_bad_links(api, make_api, news):
    stranger = make_api(news, public_url=SITE, secret_key="another")
    api.novu.subscribers.upsert("ada")
    mine = [unsubscribing(api), centre(api)]
    exchanged = [mine[0].replace("/unsubscribe/", "/preferences/"), mine[1].replace("/preferences/", "/unsubscribe/")]
    inbox = api.novu.inbox("ada").token()
    refused = api.get("/unsubscribe/x").body
    for path in (unsubscribing(stranger), centre(stranger), *exchanged, f"/preferences/{inbox}"):
        assert (api.get(path).status, api.get(path).body) == (404, refused)
    api.novu.subscribers.delete("ada")
    for path in mine:
        answer = post(api, path, *CLICK.items())
        assert (answer.status, answer.body) == (404, refused)
    api.novu.subscribers.upsert("ada")  # another person, perhaps
    assert api.get(mine[0]).status == 404
    assert api.novu.preferences.get("ada", "news") == {}
    assert api.get(unsubscribing(api)).status == 200


def test_links_outlive_the_rotation_of_the_key(make_api, news):
    old, new = (
        make_api(news, public_url=SITE, secret_key="old"),
        make_api(news, public_url=SITE, secret_key=["new", "old"]),
    )
    assert post(new, unsubscribing(old), *CLICK.items()).status == 200
    assert not is_on(new)
    assert old.get(unsubscribing(new)).status == 404


def test_without_a_key_no_link_is_made_and_none_is_taken(make_api, news):
    api = make_api(news, public_url=SITE)
    assert api.get("/unsubscribe/x").status == 404
    assert post(api, "/preferences/x", *CLICK.items()).status == 404


FORMS = {
    "nothing": ("application/x-www-form-urlencoded", b"", 400),
    "no such choice": ("application/x-www-form-urlencoded", b"choice=all", 400),
    "two choices": ("application/x-www-form-urlencoded", b"choice=all-off&choice=all-on", 400),
    "another click": ("application/x-www-form-urlencoded", b"List-Unsubscribe=Two-Clicks", 400),
    "JSON": ("application/json", b'{"choice": "all-off"}', 400),
    "not UTF-8": ("application/x-www-form-urlencoded", b"choice=%FF", 400),
    "not ASCII": ("application/x-www-form-urlencoded", b"\xff\xfe", 400),
    "zero": ("application/x-www-form-urlencoded", b"choice=all-off%00", 400),
    "no boundary": ("multipart/form-data", b"--x\r\n\r\n", 400),
    "another boundary": ("multipart/form-data; boundary=y", multipart([("choice", "all-off")])[1], 400),
    "nested parts": (
        "multipart/form-data; boundary=x",
        b"--x\r\ncontent-type: multipart/mixed; boundary=x\r\n\r\n",
        400,
    ),
    "many fields": ("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 4000), 400),
    "too large": ("application/x-www-form-urlencoded", b"a" * 20_000, 413),
}


@pytest.mark.parametrize(("media", "body", "status"), FORMS.values(), ids=FORMS)
def test_a_bad_form_changes_nothing(api, media, body, status):
    answer = api.request("POST", unsubscribing(api), data=body, headers={"content-type": media})
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert b"Traceback" not in answer.body
    assert api.novu.preferences.get("ada", "news") == api.novu.preferences.get("ada") == {}


def test_the_preference_centre_saves_what_was_changed_on_it(api):
    api.novu.preferences.set("ada", {"schedule": {"isEnabled": False}})
    page = api.get(centre(api))
    assert boxes(page.body) == {
        "in_app:": (True, True), "email:": (True, True), "in_app:news": (True, True), "email:news": (True, True),
        "email:offers": (False, True), "email:alarm": (True, False), "email:terms": (True, False),
    }  # fmt: skip
    assert post(api, centre(api), *_sent(page, {"email:news": False, "email:offers": True})).status == 200
    assert api.novu.preferences.get("ada", "news") == {"channels": {"email": {"enabled": False}}}
    assert api.novu.preferences.get("ada", "offers") == {"channels": {"email": {"enabled": True}}}
    assert api.novu.preferences.get("ada") == {"schedule": {"isEnabled": False}}


def test_a_global_choice_holds_for_every_workflow(api):
    page = api.get(centre(api))
    answer = post(api, centre(api), *_sent(page, {"email:": False}))
    assert "Your choice is saved." in answer.body.decode()
    assert {name: on for name, (on, may) in boxes(answer.body).items() if "email" in name} == {
        "email:": False, "email:news": False, "email:offers": False, "email:alarm": True, "email:terms": True,
    }  # fmt: skip
    post(api, centre(api), *_sent(answer, {"email:news": True}))
    assert (is_on(api), is_on(api, "offers")) == (True, False)


def test_two_open_pages_do_not_undo_each_other(api):
    first = second = api.get(centre(api))
    post(api, centre(api), *_sent(first, {"email:news": False}))
    post(api, centre(api), *_sent(second, {"in_app:news": False}))
    assert (is_on(api), is_on(api, channel="in_app")) == (False, False)


@pytest.mark.parametrize(
    "name", ["email:alarm", "email:terms", "email:nobody", "fax:news", "email", "", ":::", "email:news\n"]
)
def test_what_the_centre_did_not_offer_is_not_changed(api, name):
    assert post(api, centre(api), ("was-on", name)).status == 200
    assert post(api, centre(api), ("was-off", name), ("on", name)).status == 200
    assert all(api.novu.preferences.get("ada", workflow) == {} for workflow in ("news", "alarm", "terms", "offers"))
    assert api.novu.preferences.get("ada") == {}


def _sent(page, changed):
    """What a browser sends of a page on which some boxes were changed."""
    fields = [(f"was-{'on' if on else 'off'}", name) for name, (on, may) in boxes(page.body).items() if may]
    return [*fields, *(("on", name) for name, (on, may) in boxes(page.body).items() if may and changed.get(name, on))]


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
