"""Bounces and complaints, posted by each service to each framework."""

from __future__ import annotations

import json

import pytest

from novu_core.delivery import Delivery
from tests import event_posts
from tests.conformance.frameworks.conftest import KEY
from tests.event_posts import Bounce

NAMES = sorted(event_posts.keys())
ADA = {"subscriberId": "ada", "email": "ada@Example.org"}


class Sent:
    """A provider that took every message, and whose reports are read as a service's."""

    channel = "email"
    needs_address = True

    def __init__(self, name):
        self.name = name
        self.asked = []
        self.events = self._events(name)

    def _events(self, name):
        from novu_core.delivery.events.sources import source_of

        made = source_of(name, event_posts.keys()[name])
        if name == "ses":
            made.topic.fetch = self._fetch
        return made

    def _fetch(self, address):
        self.asked.append(address)
        return event_posts.certificate()

    def send(self, message):
        return Delivery(self.name, f"<{message.execution_id}@b.c>" if self.name == "rfc3464" else message.execution_id)


class Posts:
    """An app with one service, and what it posts."""

    def __init__(self, make_api, registry, name, **settings):
        @registry.workflow("news")
        def news(payload, step):
            step.email("mail", {"subject": "s", "body": "b", **payload})

        self.provider = Sent(name)
        settings = {"secret_key": KEY, "strict_authentication": True, **settings}
        self.api = make_api(registry, delivery={"email": [self.provider]}, **settings)
        self.novu, self.name = self.api.novu, name

    def send(self, **payload):
        [run] = self.novu.trigger("news", ADA, payload).executions
        if run.steps[0].outcome != "delivered":
            return run, None
        [message] = self.novu.messages.list(execution_id=run.execution_id)
        return run, message

    def post(self, posted, name=None):
        body, headers = posted
        return self.api.request("POST", f"/delivery/events/{name or self.name}", data=body, headers=headers)

    def now(self):
        return self.novu.clock.now()

    def bounce(self, message, kind="hard", address="ada@example.org", **more):
        token = more.pop("token", f"{kind}-{message.message_id}")
        bounce = Bounce(self.name, message.provider_message_id, address, **more)
        return self.post(bounce.post(self.now(), kind, token))


@pytest.fixture(params=NAMES)
def posts(request, make_api, registry):
    return Posts(make_api, registry, request.param)


def test_a_hard_bounce_marks_the_message_and_suppresses_the_address(posts):
    run, message = posts.send()
    answer = posts.bounce(message)
    assert (answer.status, answer.json) == (200, {"events": 1, "marked": 1})
    marked = posts.novu.messages.get(message.message_id)
    assert marked.bounced_at is not None
    assert marked.complained_at is None
    [entry] = marked.feedback
    assert (entry["kind"], entry["address"]) == ("hard_bounce", "ada@example.org")
    assert "5.1.1" in entry["reason"]
    found = posts.novu.suppressions.get("ada@EXAMPLE.org")
    assert (found.reason, found.message_id, found.detail) == ("hard bounce", message.message_id, entry["reason"])
    skipped, _ = posts.send()
    reason = f"suppressed: hard bounce ({found.created_at:%Y-%m-%d})"
    assert (skipped.status, skipped.steps[0].reason) == ("completed", reason)
    opened = {"headers": {"authorization": f"ApiKey {KEY}"}}
    assert posts.api.get(f"/messages/{message.message_id}", **opened).json["feedback"] == [entry]
    timeline = posts.api.get(f"/executions/{run.execution_id}", **opened).json
    assert timeline["steps"][0]["feedback"] == [entry]
    posts.novu.suppressions.remove("ada@example.org")
    assert posts.send()[0].steps[0].outcome == "delivered"


def test_a_complaint_suppresses_and_a_soft_bounce_does_not(posts):
    _, first = posts.send()
    assert posts.bounce(first, "soft", event_id="e1").json["marked"] == 1
    marked = posts.novu.messages.get(first.message_id)
    assert (marked.feedback[0]["kind"], marked.bounced_at is None) == ("soft_bounce", False)
    _, second = posts.send()
    assert posts.bounce(second, "complaint", event_id="e2").json["marked"] == 1
    marked = posts.novu.messages.get(second.message_id)
    assert (marked.complained_at is None, marked.bounced_at) == (False, None)
    assert posts.novu.suppressions.get("ada@example.org").reason == "complaint"


def test_what_is_posted_again_changes_nothing(posts):
    _, message = posts.send()
    assert posts.bounce(message, token="t").json["marked"] == 1
    posts.novu.suppressions.remove("ada@example.org")
    again = posts.bounce(message, token="t")
    if posts.name == "mailgun":
        assert (again.status, again.json["error_type"]) == (406, "EventReplayedError")
        again = posts.bounce(message, token="another")
    assert (again.status, again.json) == (200, {"events": 1, "marked": 0})
    assert posts.novu.suppressions.list().total == 0
    assert len(posts.novu.messages.get(message.message_id).feedback) == 1


def test_a_message_that_is_not_ours_is_ignored(posts, caplog):
    caplog.set_level("INFO")
    answer = posts.post(Bounce(posts.name, "<somebody@else>").post(posts.now()))
    assert (answer.status, answer.json) == (200, {"events": 1, "marked": 0})
    assert posts.novu.suppressions.list().total == 0
    assert "not sent from here" in caplog.text


def test_a_forged_report_is_refused(posts):
    _, message = posts.send()
    body, headers = Bounce(posts.name, message.provider_message_id).post(posts.now())
    forgeries = [(body, {**headers, **dict.fromkeys(names, "v1,x Basic =")}) for names in ([
        "x-twilio-email-event-webhook-signature", "authorization", "webhook-signature"],)]  # fmt: skip
    if posts.name in ("ses", "mailgun"):
        whole = json.loads(body)
        signed = whole["signature"] if posts.name == "mailgun" else whole
        signed["timestamp" if posts.name == "mailgun" else "Message"] = "1"
        forgeries = [(json.dumps(whole).encode(), headers)]
    elif posts.name != "postmark":
        forgeries.append((body + b" ", headers))
    forgeries.append((body if posts.name not in ("ses", "mailgun") else b"{}", {"content-type": "application/json"}))
    for forged in forgeries:
        answer = posts.post(forged)
        assert (answer.status, answer.json["error_type"]) == (401, "AuthenticationError")
    assert posts.novu.messages.get(message.message_id).feedback == []
    with_key = {**headers, "authorization": f"ApiKey {KEY}"}
    assert posts.post((b"{}", with_key)).status == 401


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1", b'"a"', b"\xff\xfe", b"[" * 5000, b"{" + b"\x00" * 100])
def test_garbage_is_named_as_such(posts, body):
    made = {"sendgrid": event_posts.sendgrid, "postmark": event_posts.postmark, "rfc3464": event_posts.rfc3464}
    posted = made[posts.name](posts.now(), body) if posts.name in made else (body, {})
    answer = posts.post(posted)
    assert (answer.status, answer.json["error_type"]) == (400, "RequestInvalidError")


def test_unknown_providers_other_methods_and_endless_bodies(make_api, registry):
    posts = Posts(make_api, registry, "postmark", max_body_bytes=1000)
    for name in ("ses", "nobody", "rfc3464"):
        answer = posts.post(event_posts.postmark(posts.now(), {}), name)
        assert (answer.status, name in answer.json["detail"]) == (404, True)
    assert posts.api.get("/delivery/events/postmark").status == 405
    large = posts.post(event_posts.postmark(posts.now(), b" " * 1001))
    assert (large.status, large.json["error_type"]) == (413, "RequestTooLargeError")
    assert posts.post(event_posts.postmark(posts.now(), {"RecordType": "Open"})).json == {"events": 0, "marked": 0}


def test_several_events_in_one_post(make_api, registry):
    posts = Posts(make_api, registry, "sendgrid")
    sent = [posts.send()[1] for _ in range(3)]
    events = [
        event
        for number, message in enumerate(sent)
        for event in Bounce("sendgrid", message.provider_message_id, event_id=f"e{number}").data(posts.now(), "hard")
    ]
    strange = [1, None, "x", {}, {"event": ["bounce"]}, {"event": "bounce", "timestamp": "never", "email": {"a": 1}}]
    answer = posts.post(event_posts.sendgrid(posts.now(), [*strange, *events, events[0]]))
    assert (answer.status, answer.json) == (200, {"events": 5, "marked": 3})
    assert all(posts.novu.messages.get(message.message_id).bounced_at for message in sent)


def test_only_the_recipient_who_bounced_is_suppressed(make_api, registry):
    posts = Posts(make_api, registry, "postmark")
    _, message = posts.send(cc=["Bob@example.org", "cy@example.org"])
    assert posts.bounce(message, address="bob@EXAMPLE.org", event_id="e1").json["marked"] == 1
    assert posts.bounce(message, address="forwarded@elsewhere.org", event_id="e2").json["marked"] == 1
    assert [found.address for found in posts.novu.suppressions.list()] == ["Bob@example.org"]
    marked = posts.novu.messages.get(message.message_id)
    assert (marked.bounced_at, [entry.get("copy") for entry in marked.feedback]) == (None, [True, True])
    _, alone = posts.send()
    assert posts.bounce(alone, address="forwarded@elsewhere.org", event_id="e3").json["marked"] == 1
    assert posts.novu.suppressions.get("ada@example.org").message_id == alone.message_id


def test_a_subscription_to_a_topic_is_confirmed(make_api, registry):
    posts = Posts(make_api, registry, "ses")
    answer = posts.post(event_posts.confirmation(posts.now()))
    assert (answer.status, answer.json) == (200, {"events": 0, "marked": 0})
    assert posts.provider.asked == [event_posts.CERTIFICATE, event_posts.SUBSCRIBE]


def test_nothing_is_kept_here_while_novu_runs_what_is_triggered(make_api, registry):
    posts = Posts(make_api, registry, "postmark", dispatch="cloud", api_url="http://127.0.0.1:1")
    assert posts.post(event_posts.postmark(posts.now(), {})).status == 409
