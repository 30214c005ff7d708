"""Messages over HTTP: in brief, whole, as the file that was posted, and those in which a text stands."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

ADA = {"subscriberId": "ada", "email": "ada@example.org", "phone": "+49"}


@pytest.fixture
def api(make_api, registry):
    @registry.workflow("order")
    def order(payload, step):
        step.email("mail", lambda: {"subject": f"Order {payload['n']}", "html": f'<b>Thanks "{payload["n"]}"</b>'})
        step.in_app("bell", lambda: {"body": f"Ördered\n {payload['n']} " + "x" * 200})

    made = make_api(registry)
    for n in (1, 2):
        made.execute("order", to=ADA, payload={"n": n})
    return made


def test_messages_in_brief(api):
    found = api.get("/messages").json
    assert [item["title"][:11] for item in found["items"]] == ["Ördered 2 x", "Order 2", "Ördered 1 x", "Order 1"]
    assert len(found["items"][0]["title"]) == 120
    bell, mail = found["items"][:2]
    assert (mail["to"], mail["channel"], mail["subscriber_id"], bell["to"]) == ("ada@example.org", "email", "ada", None)
    assert "content" not in mail
    first = api.get("/messages?limit=3")
    rest = api.get(f"/messages?limit=3&cursor={first.json['next_cursor']}").json
    assert (first.json["items"] + rest["items"], rest["next_cursor"]) == (found["items"], None)
    assert api.get("/messages?limit=3", headers={"if-none-match": first.headers["etag"]}).status == 304


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("channel=email", ["Order 2", "Order 1"]), ("subscriber_id=bob", []), ("text=ORDER%201", ["Order 1"]),
        ("text=%C3%B6rdered%5Cn", []), ("text=%22", ["Order 2", "Order 1"]), ("text=ada%40", ["Order 2", "Order 1"]),
        ("text=thanks&limit=1", ["Order 2"]), ("text=thanks&channel=in_app", []), ("text=", None), ("channel=", 400),
        ("channel=pigeon", 400), ("subscriber_id=", 400), ("limit=101", 400), ("text=a&limit=0", 400), ("text=a&cursor=x", 400),
    ],
)  # fmt: skip
def test_filters(api, query, titles):
    answer = api.get(f"/messages?{query}")
    if titles == 400:
        assert answer.status == 400
    elif titles is None:
        assert len(answer.json["items"]) == 4
    else:
        assert [item["title"] for item in answer.json["items"]] == titles


def test_one_message(api):
    bell, mail = api.get("/messages?limit=2").json["items"]
    whole = api.get(f"/messages/{mail['message_id']}").json
    assert whole["content"]["subject"] == "Order 2"
    assert (whole["text"].strip(), dict(whole["headers"])["Subject"]) == ('Thanks "2"', "Order 2")
    assert "To: ada@example.org" in whole["source"]
    shown = api.get(f"/messages/{bell['message_id']}").json
    assert shown["content"]["body"].startswith("Ördered\n 2")
    assert "source" not in shown
    assert api.get("/messages/nobody").status == 404


def test_the_source_of_an_e_mail(api):
    bell, mail = api.get("/messages?limit=2").json["items"]
    answer = api.get(f"/messages/{mail['message_id']}/source")
    assert (answer.status, answer.headers["content-type"]) == (200, "message/rfc822")
    assert answer.headers["content-disposition"].endswith('.eml"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    email = message_from_bytes(answer.body, policy=policy.default)
    assert email["Subject"] == "Order 2"
    assert email.get_body(("html",)).get_content().strip() == '<b>Thanks "2"</b>'
    refused = api.get(f"/messages/{bell['message_id']}/source")
    assert (refused.status, refused.json["error_type"]) == (409, "ConflictError")
    assert api.get("/messages/nobody/source").status == 404


def test_an_e_mail_of_another_version_is_shown_without_its_source(api):
    from sqlalchemy import text

    [mail] = api.get("/messages?limit=1&channel=email").json["items"]
    store = api.novu.engine.parts.store
    store.database.write(
        lambda t: t.execute(text("""UPDATE novu_messages SET content = '{"subject": "s", "fax": "1"}'"""))
    )
    shown = api.get(f"/messages/{mail['message_id']}")
    assert (shown.status, shown.json["source"], shown.json["content"]["fax"]) == (200, None, "1")
    assert api.get(f"/messages/{mail['message_id']}/source").status == 409


def test_a_search_looks_through_some_messages_at_a_time(api, monkeypatch):
    from novu_core.managers import messages

    monkeypatch.setattr(messages, "_LOOKED_THROUGH", 2)
    monkeypatch.setattr(messages, "MOST", 1)
    first = api.get("/messages?text=order%201").json
    assert first["items"] == []
    then = api.get(f"/messages?text=order%201&cursor={first['next_cursor']}").json
    assert [item["title"] for item in then["items"]] == ["Order 1"]
