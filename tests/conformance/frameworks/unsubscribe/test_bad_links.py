"""Links and forms that are forged, cut, old or for something else: one answer for all of them."""

from __future__ import annotations

import pytest

from novu_core import Registry
from tests.conformance.frameworks.unsubscribe.conftest import (
    CLICK,
    SETTINGS,
    SITE,
    centre,
    heading,
    is_on,
    post,
    unsubscribing,
)
from tests.links import choose, multipart


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
