"""What each service is asked, as its documentation says."""

from __future__ import annotations

import base64

import pytest

from novu_core.delivery import provider_from_url
from novu_core.errors import DeliveryError
from novu_core.types import Channel
from tests.unit.delivery.services.cases import CASES, SECRET, message_of, provider_of


@pytest.fixture
def ask(server, make_message):
    made = []

    def ask(name, content=None, **fields):
        case = CASES[name]
        server.answers = [(case.accepted[0], case.headers, case.accepted[1])]
        made.append(provider_of(case, server.url))
        given = {"content": content, **fields} if content is not None else fields
        made[-1].send(message_of(case, make_message, **given))
        return server.last

    yield ask
    for provider in made:
        provider.close()


def test_twilio(ask):
    request = ask("twilio")
    assert request.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(f"AC1:{SECRET}".encode()).decode()
    assert request.form() == {"From": ["+15550199"], "To": ["+15550100"], "Body": ["Hi Ann"]}


def test_twilio_with_a_messaging_service_and_an_api_key(server, make_message):
    url = f"twilio://SK1:{SECRET}@api.twilio.com?from=MG7&account=AC9&base_url={server.url}/deep"
    provider = provider_from_url(url, Channel.SMS)
    server.answer(201, {"sid": "SM1"})
    provider.send(message_of(CASES["twilio"], make_message))
    assert server.last.path == "/deep/2010-04-01/Accounts/AC9/Messages.json"
    assert server.last.form()["MessagingServiceSid"] == ["MG7"]
    assert "From" not in server.last.form()
    provider.close()


def test_twilio_takes_what_the_step_gives_it(ask):
    given = {
        "messagingServiceSid": "MG1",
        "mediaUrl": ["https://a.example/1", "https://a.example/2"],
        "validityPeriod": 60,
    }
    passed = {"body": {"SmartEncoded": True}}
    request = ask(
        "twilio", {"body": "Hi", "_providers": {"twilio": {**given, "_passthrough": passed}, "other": {"x": 1}}}
    )
    assert request.form() == {
        "To": ["+15550100"],
        "MessagingServiceSid": ["MG1"],
        "MediaUrl": ["https://a.example/1", "https://a.example/2"],
        "ValidityPeriod": ["60"],
        "SmartEncoded": ["true"],
    }


def test_a_message_that_twilio_made_and_that_failed_at_once(server, make_message):
    case = CASES["twilio"]
    provider = provider_of(case, server.url)
    server.answer(201, {"sid": "SM1", "status": "failed", "error_code": 30007, "error_message": "filtered"})
    with pytest.raises(DeliveryError, match="could not send: 30007 filtered"):
        provider.send(message_of(case, make_message))
    server.answer(400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400})
    with pytest.raises(DeliveryError, match="answered 400: 21211 Invalid 'To' Phone Number"):
        provider.send(message_of(case, make_message))
    provider.close()


def test_a_message_without_a_body_is_not_asked_for(server, make_message):
    case = CASES["twilio"]
    with pytest.raises(DeliveryError, match="was not called: the step returned no body") as failed:
        provider_of(case, server.url).send(message_of(case, make_message, content={}))
    assert not failed.value.retriable
    assert server.requests == []


@pytest.mark.parametrize("lost", ["headers", "query"])
def test_headers_and_a_query_are_not_a_steps_to_give(server, make_message, lost):
    case = CASES["twilio"]
    content = {"body": "x", "_providers": {"twilio": {"_passthrough": {lost: {"a": "b"}}}}}
    with pytest.raises(DeliveryError, match=f"cannot send `_passthrough.{lost}`"):
        provider_of(case, server.url).send(message_of(case, make_message, content=content))
    assert server.requests == []


def test_half_of_a_surrogate_pair_is_sent_as_a_question_mark(ask):
    assert ask("twilio", {"body": "a\ud800b"}).form()["Body"] == ["a?b"]


def test_slack(ask):
    request = ask("slack")
    assert request.path == f"/services/T0/B0/{SECRET}"
    assert request.json() == {"text": "Hi Ann"}
    blocks = [{"type": "divider"}]
    assert ask("slack", {"body": "Hi", "_providers": {"slack": {"blocks": blocks}}}).json() == {
        "text": "Hi",
        "blocks": blocks,
    }
    assert ask("slack", {"_providers": {"slack": {"blocks": blocks}}}).json() == {"blocks": blocks}


def test_a_subscribers_own_webhook(ask):
    assert ask("slack of the subscriber").path == f"/services/T0/B0/{SECRET}"
    own = {"webhookUrl": "https://hooks.slack.com/services/T1/B1/other", "text": "x"}
    assert ask("slack of the subscriber", {"_providers": {"slack": own}}).path == "/services/T1/B1/other"


@pytest.mark.parametrize(
    "webhook",
    [
        "https://evil.example/services/T0",
        "https://hooks.slack.com.evil.example/x",
        "https://evil.example#hooks.slack.com",
        "https://hooks.slack.com@evil.example/x",
        "https://user@hooks.slack.com/x",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com:8080/x",
        "https://hooks.slack.com:x/x",
        "https://169.254.169.254/x",
        "https://hooks.slack.com/x y",
        "https://hooks.slack.com/x\r\nX: y",
        "#general",
        None,
    ],
)
def test_a_subscribers_webhook_must_be_the_services(server, make_message, webhook):
    case = CASES["slack"]
    provider = provider_from_url(f"slack://?base_url={server.url}", Channel.CHAT)
    with pytest.raises(DeliveryError, match="is not on hooks") as failed:
        provider.send(message_of(case, make_message, to=webhook))
    assert not failed.value.retriable
    content = {"body": "x", "_providers": {"slack": {"webhookUrl": webhook or "none"}}}
    fixed = provider_of(case, server.url)
    with pytest.raises(DeliveryError, match="does not belong to the service"):
        fixed.send(message_of(case, make_message, content=content))
    assert server.requests == []


def test_whether_a_subscriber_needs_a_webhook():
    assert provider_from_url("slack://", Channel.CHAT).needs_address
    assert not provider_from_url("slack://hooks.slack.com/services/a", Channel.CHAT).needs_address
    assert provider_from_url("slack://mattermost.example:8065/hooks/x", Channel.CHAT).base_url == (
        "https://mattermost.example:8065"
    )


def test_discord(ask, server, make_message):
    request = ask("discord")
    assert request.path == f"/api/webhooks/1/{SECRET}?wait=true"
    assert request.json() == {"content": "Hi Ann", "allowed_mentions": {"parse": []}}
    given = {"allowed_mentions": {"parse": ["users"]}, "username": "Shop"}
    assert ask("discord", {"body": "Hi", "_providers": {"discord": given}}).json() == {"content": "Hi", **given}


@pytest.mark.parametrize(
    ("query", "asked"), [("", "wait=true"), ("?thread_id=7", "thread_id=7&wait=true"), ("?wait=false", "wait=false")]
)
def test_the_query_of_a_webhook_stays(server, make_message, query, asked):
    url = f"discord://discord.com/api/webhooks/1/x{query}{'&' if query else '?'}base_url={server.url}&timeout=3"
    provider = provider_from_url(url, Channel.CHAT)
    provider.send(message_of(CASES["discord"], make_message))
    assert server.last.path == f"/api/webhooks/1/x?{asked}"
    provider.close()


@pytest.mark.parametrize(("body", "after"), [({"retry_after": 0.65}, 0.65), ({"retry_after": True}, 1.0), ({}, 1.0)])
def test_discords_pause_has_fractions_of_seconds(server, make_message, body, after):
    case = CASES["discord"]
    provider = provider_of(case, server.url)
    server.answer(429, {"message": "You are being rate limited.", "code": 0, **body}, Retry_After="1")
    with pytest.raises(DeliveryError, match="429: 0 You are being rate limited") as failed:
        provider.send(message_of(case, make_message))
    assert failed.value.retry_after == after
    provider.close()


def test_teams(ask):
    request = ask("msteams")
    assert request.path == f"/workflows/1/invoke?sig={SECRET}"
    (attachment,) = request.json()["attachments"]
    assert request.json()["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["body"] == [{"type": "TextBlock", "text": "Hi Ann", "wrap": True}]


@pytest.mark.parametrize(("status", "retriable"), [(429, True), (500, True), (400, False)])
def test_a_connector_of_teams_tells_in_its_text(server, make_message, status, retriable):
    case = CASES["msteams"]
    provider = provider_of(case, server.url)
    told = f"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error {status} with ..."
    server.answer(200, told.encode())
    with pytest.raises(DeliveryError, match=f"HTTP error {status}") as failed:
        provider.send(message_of(case, make_message))
    assert failed.value.retriable is retriable
    provider.close()
