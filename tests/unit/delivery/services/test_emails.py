"""One e-mail with everything, through each service: the same arrives, in each one's words."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone

import pytest

from novu_core.clock import ManualClock
from novu_core.delivery import provider_from_url
from novu_core.delivery.services.aws_signature import signed
from novu_core.errors import ConfigurationError, DeliveryError
from novu_core.types import Channel
from tests.unit.delivery.services.cases import CASES, SECRET, message_of, provider_of
from tests.unit.delivery.services.email_requests import READ, parts_of

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
SERVICES = [name for name, case in CASES.items() if case.channel is Channel.EMAIL]
every_service = pytest.mark.parametrize("name", SERVICES)
PICTURE, REPORT = b"\x89PNG\r\n--x\r\n", b"a,b\r\n\x00\xff"
EVERYTHING = {
    "subject": "Grüße, Ann",
    "html": '<p>Hallo <img src="cid:logo"></p>',
    "text": "Hallo",
    "cc": ["Bob <bob@example.org>", "ann@example.com"],
    "bcc": ["carl@example.org", "bob@example.org"],
    "replyTo": ["help@example.org", {"email": "boss@example.org", "name": 'Boss, "the"'}],
    "headers": {"List-Unsubscribe": "<https://example.org/u>"},
    "attachments": [
        {"name": "logo.png", "type": "image/png", "content": base64.b64encode(PICTURE).decode(), "cid": "logo"},
        {"name": 'Grüße, "x".csv', "type": "text/csv; charset=utf-8", "content": base64.b64encode(REPORT).decode()},
    ],
}


@pytest.fixture
def ask(server, make_message):
    made = []

    def ask(name, content=None, **fields):
        case = CASES[name]
        server.answers = [(case.accepted[0], case.headers, case.accepted[1])]
        made.append(provider_of(case, server.url, ManualClock(NOON)))
        given = fields if content is None else {"content": content, **fields}
        made[-1].send(message_of(case, make_message, **given))
        return server.last

    yield ask
    for provider in made:
        provider.close()


@every_service
def test_everything_arrives(ask, name):
    letter = READ[name](ask(name, EVERYTHING))
    picture, report = letter.pop("files")
    assert (picture[1:], picture[0]) == ((PICTURE, "image/png", "logo"), "logo" if name == "mailgun" else "logo.png")
    kind = "text/csv" if name == "sendgrid" else "text/csv; charset=utf-8"
    assert report == ('Grüße, "x".csv', REPORT, kind, None)
    assert letter == {
        "from": ("Shop", "shop@example.org"),
        "to": [("", "ann@example.com")],
        "cc": [("Bob", "bob@example.org")],
        "bcc": [("", "carl@example.org")],
        "reply_to": [("", "help@example.org"), ('Boss, "the"', "boss@example.org")],
        "subject": "Grüße, Ann",
        "text": "Hallo",
        "html": '<p>Hallo <img src="cid:logo"></p>',
        "headers": {
            "Auto-Submitted": "auto-generated",
            "X-Novu-Idempotency-Key": "run-1:welcome",
            "List-Unsubscribe": "<https://example.org/u>",
        },
    }


@every_service
def test_where_to_unsubscribe_is_told_by_every_one(ask, name):
    content, url = {"subject": "s", "body": "b", "headers": {"X-Team": "shop"}}, "https://example.org/u/a.b"
    assert READ[name](ask(name, content, unsubscribe_url=url))["headers"] == {
        "Auto-Submitted": "auto-generated",
        "X-Novu-Idempotency-Key": "run-1:welcome",
        "X-Team": "shop",
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@every_service
def test_a_plain_one_is_plain(ask, name):
    letter = READ[name](ask(name, {"subject": "Hi", "body": "1 < 2\n"}))
    assert (letter["subject"], letter["text"], letter["html"]) == ("Hi", "1 < 2\n", None)
    assert not any(letter[key] for key in ("cc", "bcc", "reply_to", "files"))


@every_service
@pytest.mark.parametrize("shown", ["Müller, Ann", 'a "b" \\c', "=?utf-8?q?Boss=3Cb=40x=3E?="])
def test_a_name_is_only_a_name(ask, name, shown):
    content = {"subject": "x", "body": "y", "from": {"email": "me@example.org", "name": shown}}
    letter = READ[name](ask(name, content))
    assert letter["from"] == (shown, "me@example.org")


@every_service
@pytest.mark.parametrize("field", ["subject", "to", "from", "cc", "replyTo", "headers"])
def test_no_field_brings_a_header_of_its_own(ask, server, name, field):
    bad = "x\r\nBcc: evil@example.org"
    values = {"headers": {"X-A": bad}, "from": {"email": "me@example.org", "name": bad}}
    content = {"subject": "s", "body": "b", field: values.get(field, bad)}
    to = content.pop("to", "ann@example.com")
    if field not in ("subject", "from"):  # in these, line breaks become blanks
        with pytest.raises(DeliveryError) as refused:
            ask(name, content, to=to)
        assert not refused.value.retriable
        assert server.requests == []
        return
    request = ask(name, content, to=to)
    assert b"\\r\\nBcc" not in request.body
    assert b"\r\nBcc" not in request.body


@every_service
def test_an_envelope_of_its_own_is_refused_and_not_dropped(ask, server, name):
    content = {"subject": "s", "body": "b", "envelope_from": "bounces@example.org"}
    if name == "ses":
        assert ask(name, content).json()["FeedbackForwardingEmailAddress"] == "bounces@example.org"
        return
    with pytest.raises(DeliveryError, match="cannot send: 'envelope_from'"):
        ask(name, content)
    assert server.requests == []


@every_service
def test_a_key_that_no_mail_has_is_told(ask, server, name):
    with pytest.raises(DeliveryError, match="'boddy'"):
        ask(name, {"subject": "s", "boddy": "b"})
    assert server.requests == []


@every_service
def test_what_the_step_gives_it_is_laid_over_the_letter(ask, name):
    given = (
        {"o:tag": ["a", "b"], "o:testmode": True, "subject": "Other"} if name == "mailgun" else {"extra": {"deep": 1}}
    )
    request = ask(name, {"subject": "s", "body": "b", "_providers": {name: given, "nodemailer": {"priority": "high"}}})
    if name == "mailgun":
        fields = [(field, content) for field, _, _, content in parts_of(request)]
        assert [content for field, content in fields if field == "o:tag"] == [b"a", b"b"]
        assert [content for field, content in fields if field in ("o:testmode", "subject")] == [b"true", b"Other"]
    else:
        assert request.json()["extra"] == {"deep": 1}


@every_service
@pytest.mark.parametrize("sender", ["", "nobody", "a@b.c,d@e.f"])
def test_a_sender_that_is_none(name, sender):
    url = CASES[name].url.format(base="http://127.0.0.1:1")
    url = url.replace("Shop+<shop@example.org>", sender).replace("Shop%20<shop@example.org>", sender)
    with pytest.raises(ConfigurationError, match="from") as refused:
        provider_from_url(url, Channel.EMAIL)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("resend://api.resend.com?from=a@b.c", "the API key is missing"),
        ("resend://user:S3CRET@api.resend.com?from=a@b.c", "the API key is missing"),
        ("sendgrid://S3CRET@api.sendgrid.com", "the option 'from' is missing"),
        ("postmark://api.postmarkapp.com?from=a@b.c", "the server's token is missing"),
        ("mailgun://S3CRET@api.mailgun.net?from=a@b.c", "the domain is missing"),
        ("ses://AKID@email.eu-central-1.amazonaws.com?from=a@b.c", "the secret key is missing"),
        ("ses://AKID:S3CRET@host.example?from=a@b.c", "the region is missing"),
    ],
)
def test_what_is_missing_is_named(url, words):
    with pytest.raises(ConfigurationError) as refused:
        provider_from_url(url, Channel.EMAIL)
    assert words in str(refused.value)
    assert "S3CRET" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "header", "value"),
    [
        ("resend", "Authorization", f"Bearer {SECRET}"),
        ("resend", "Idempotency-Key", "run-1:welcome"),
        ("sendgrid", "Authorization", f"Bearer {SECRET}"),
        ("postmark", "X-Postmark-Server-Token", SECRET),
        ("mailgun", "Authorization", "Basic " + base64.b64encode(f"api:{SECRET}".encode()).decode()),
    ],
)
def test_the_credentials_of_a_request(ask, name, header, value):
    assert ask(name).headers[header] == value


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("resend", "/emails"),
        ("sendgrid", "/v3/mail/send"),
        ("postmark", "/email"),
        ("mailgun", "/v3/mg.example.org/messages"),
        ("ses", "/v2/email/outbound-emails"),
    ],
)
def test_the_path_of_a_request(ask, name, path):
    assert ask(name).path == path


def test_postmarks_stream(ask):
    assert ask("postmark").json()["MessageStream"] == "news"


@pytest.mark.parametrize(
    ("name", "status", "body", "headers", "words"),
    [
        ("postmark", 422, {"ErrorCode": 406, "Message": "inactive"}, {}, "answered 422: 406 inactive"),
        ("postmark", 200, {"ErrorCode": 300, "Message": "invalid"}, {}, "refused: 300 invalid"),
        ("sendgrid", 400, {"errors": [{"message": "a"}, {"message": "b"}, "c"]}, {}, "answered 400: a; b"),
        ("mailgun", 400, {"message": "to is not valid"}, {}, "answered 400: to is not valid"),
        ("resend", 422, {"statusCode": 422, "message": "Invalid `to`", "name": "x"}, {}, "answered 422: Invalid `to`"),
        (
            "ses",
            400,
            {"message": "not verified"},
            {"x-amzn-ErrorType": "MessageRejected:http"},
            "MessageRejected not verified",
        ),
    ],
)
def test_why_a_service_refuses(server, make_message, name, status, body, headers, words):
    case = CASES[name]
    server.answers = [(status, headers, body)]
    provider = provider_of(case, server.url)
    with pytest.raises(DeliveryError) as refused:
        provider.send(message_of(case, make_message))
    assert words in str(refused.value)
    provider.close()


def test_the_signature_of_aws_is_botocores():
    headers = signed(
        "https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails",
        {"Content-Type": "application/json", "X-Amz-Security-Token": "session"},
        b'{"a": 1}',
        key="AKID",
        secret="secret",
        region="eu-central-1",
        service="ses",
        now=NOON,
    )
    assert headers["X-Amz-Date"] == "20260105T120000Z"
    assert headers["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKID/20260105/eu-central-1/ses/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
        "Signature=a2a3ba950da1183f7e71c8c7a7c9fcee01b787513313be85acd00844bc481658"
    )


def test_ses_signs_what_it_sends(server, make_message):
    url = (
        f"ses://AKID:{SECRET}@elsewhere.example?region=eu-west-1&from=a@b.c&session_token={SECRET}-2"
        f"&configuration_set=main&base_url={server.url}"
    )
    provider = provider_from_url(url, Channel.EMAIL, clock=ManualClock(NOON))
    provider.send(message_of(CASES["ses"], make_message))
    request = server.last
    sent = {"Content-Type": "application/json", "X-Amz-Security-Token": f"{SECRET}-2"}
    expected = signed(
        f"{server.url}/v2/email/outbound-emails", sent, request.body, key="AKID", secret=SECRET, region="eu-west-1",
        service="ses", now=NOON,
    )  # fmt: skip
    assert {name: request.headers[name] for name in expected} == expected
    assert json.loads(request.body)["ConfigurationSetName"] == "main"
    server.answer(403, f"no {SECRET}-2".encode())
    with pytest.raises(DeliveryError) as refused:
        provider.send(message_of(CASES["ses"], make_message))
    assert SECRET not in str(refused.value)
    provider.close()
