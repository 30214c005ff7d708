"""The requests that a browser with ``<Inbox/>`` sent, in order: statuses, schemas, and filters as they were asked."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, quote

from tests.conformance.inbox.conftest import BOOK, hashed
from tests.conformance.inbox.replay import WORKFLOWS
from tests.conformance.inbox.test_hostile import checked


def asked_of(query):
    """The filters of a list, as the client has them before it writes them into the query."""
    filters = {}
    for name, value in parse_qsl(query.removeprefix("?")):
        if name.endswith("[]"):
            filters.setdefault(name.removesuffix("[]"), []).append(value)
        elif name not in ("limit", "after"):
            filters[name] = value == "true"
    return filters


def test_what_a_browser_asks_for(make_inbox, framework):
    inbox = make_inbox(framework=framework)
    for _ in range(20):
        inbox.send("probe", "older")
    messages = {
        name: inbox.send("probe", name, primaryAction={"label": "Yes"})
        for name in ("<id40>", "<id41>", "<id42>", "<id39>", "<id38>")
    }
    for request in BOOK["browser"]:
        path, body = request["path"].removeprefix("/v1/inbox"), json.dumps(request["body"])
        query = request["query"]
        for name, message_id in messages.items():
            path, query, body = (text.replace(name, message_id) for text in (path, query, body))
        path = re.sub(r"wf\d", lambda found: WORKFLOWS[found[0]], path)
        who = "probe" if "authorization" in request["headers"] else None
        raw = None if body == "null" else body.replace("<subscriberHash>", hashed("probe")).encode()
        answer = inbox.ask(
            who,
            request["method"],
            path + quote(query, safe="?=&"),
            raw=raw,
            headers=request["headers"] | {"authorization": None} if who is None else {},
        )
        assert answer.status == request["status"], (request, answer.body)
        route = re.sub(r"/notifications/[0-9a-f-]{36}/", "/notifications/:id/", f"{request['method']} {path}")
        route = re.sub(r"/preferences/(?!bulk|global)\S+", "/preferences/:workflow", route)
        schema = (
            BOOK["schemas"]["error"] if answer.status >= 400 else BOOK["schemas"]["routes"][route][str(answer.status)]
        )
        if answer.status != 204:
            checked(schema, answer.json)
        if route == "GET /notifications":
            assert answer.json["filter"] == asked_of(query)
        if route == "GET /notifications/count":
            assert [item["filter"] for item in answer.json["data"]] == json.loads(query.removeprefix("?filters="))
    assert inbox.counts("probe", {"read": False}) == [0]
