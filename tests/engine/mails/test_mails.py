"""What a step says is what a mail holds: plain text stays text, HTML is made harmless, and nothing is left out silently."""

from __future__ import annotations

import email
import email.policy

import pytest

from novu_core.delivery import Outbox
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA

TEXTS = [
    "Ada <ada@example.org> invited you",
    "x < y && y > z",
    "if a<b and c>d then",
    "5 <6",
    "Tom & Jerry &amp; <3",
    "Hi,\n\n<a href='https://elsewhere.example'>click</a> <img src='https://elsewhere.example/t.png'>\n",
    "<script>alert(1)</script>",
    "<!DOCTYPE html><html><body><p>Hi</p></body></html>",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_body_is_plain_text_whatever_it_holds(send, mailbox, text):
    result = send({"subject": "s", "body": text})
    assert result.status == "completed"
    assert result.step_results["mail"]["body"] == text
    [mail] = mailbox.messages
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")


@pytest.mark.parametrize("text", TEXTS)
def test_an_in_app_body_is_plain_text_whatever_it_holds(env, registry, text):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"subject": text, "body": text})

    content = env.trigger(w, ADA).step_results["bell"]
    assert content == {"subject": text, "body": text}
    assert env.outbox.in_app[0].content == content
    assert env.outbox.in_app[0].html is None


@pytest.mark.parametrize(
    ("output", "named"),
    [
        ({"body": "b", "content_type": "text/markdown"}, "content_type"),
        ({"body": "b", "content_type": "html"}, "content_type"),
        ({"html": ["<p>"]}, "html"),
        ({"html": ""}, "html"),
        ({"text": 7}, "text"),
        ({}, "body"),
    ],
)
def test_an_output_that_does_not_say_what_it_is_fails_the_step(send, mailbox, output, named):
    result = send({"subject": "s", **output})
    assert (result.status, mailbox.messages) == ("failed", [])
    assert any(named in f"{fault['path']} {fault['message']}" for fault in result.error["errors"])


EXTRAS = [
    {"attachments": [{"name": "a.txt", "file": "aGk=", "mime": "text/plain"}]},
    {"bcc": "archive@example.org"},
    {"cc": ["a@example.org"]},
    {"headers": {"List-Unsubscribe": "<https://example.org/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}},
]


def arrived(mailbox, extra):
    [mail] = mailbox.messages
    [(key, value)] = extra.items()
    if key == "attachments":
        [part] = mail.iter_attachments()
        return (part.get_filename(), part.get_content_type(), part.get_content()) == ("a.txt", "text/plain", "hi")
    if key == "headers":
        return all(mail[name] == text for name, text in value.items())
    [copy] = [value] if isinstance(value, str) else value
    return mailbox.recipients == ["ada@example.org", copy] and mail[key] == (None if key == "bcc" else copy)


@pytest.mark.parametrize("extra", EXTRAS)
def test_copies_headers_and_attachments_of_a_step_arrive(send, mailbox, extra):
    assert send({"subject": "s", "body": "b", **extra}).status == "completed"
    assert arrived(mailbox, extra)


@pytest.mark.parametrize("extra", EXTRAS)
def test_copies_headers_and_attachments_of_a_trigger_arrive(send, mailbox, extra):
    assert send({"subject": "s", "body": "b"}, overrides={"email": extra}).status == "completed"
    assert arrived(mailbox, extra)


@pytest.mark.parametrize("extra", [{"to": "a@b.c"}, {"priority": "high"}, {"boxes": [1]}])
def test_what_no_mail_has_fails_the_step_and_is_named(send, mailbox, extra):
    result = send({"subject": "s", "body": "b", **extra})
    assert (result.status, mailbox.messages) == ("failed", [])
    assert f"{next(iter(extra))!r}" in result.error["message"]


@pytest.mark.parametrize("extra", [{"to": "a@b.c"}, {"priority": "high"}])
def test_a_provider_of_ones_own_behind_it_gets_all(send, mailbox, extra):
    outbox = Outbox()
    assert send({"subject": "s", "body": "b", **extra}, also=[outbox]).status == "completed"
    assert outbox[0].content == {"subject": "s", "body": "b", **extra}


def test_an_override_for_nodemailer_is_sent_and_what_it_cannot_say_is_named(send, mailbox):
    send({"subject": "s", "body": "b"}, providers={"nodemailer": lambda: {"headers": {"X-Team": "a"}, "bcc": "b@c.d"}})
    assert (mailbox.messages[0]["X-Team"], mailbox.recipients) == ("a", ["ada@example.org", "b@c.d"])


def test_an_override_that_smtp_cannot_send_is_not_lost_silently(send, mailbox):
    overrides = {"nodemailer": lambda: {"_passthrough": {"body": {"x": 1}}}}
    result = send({"subject": "s", "body": "b"}, providers=overrides)
    assert (result.status, mailbox.messages) == ("failed", [])
    assert "'_passthrough' of the override for nodemailer" in result.error["message"]


def test_an_override_for_another_provider_is_not_smtps(send, mailbox):
    assert send({"subject": "s", "body": "b"}, providers={"sendgrid": lambda: {"bcc": []}}).status == "completed"
    assert len(mailbox.messages) == 1


def test_overrides_of_the_trigger_are_laid_over_the_step(env, registry):
    @registry.workflow("w")
    def w(step):
        step.email("mail", {"subject": "s", "body": "b"})
        step.sms("text", {"body": "b"})

    overrides = {"email": {"subject": "t", "html": "<b onclick=x>h</b>"}, "sms": {"from": "+1"}}
    steps = env.trigger(w, {**ADA, "phone": "+15550100"}, overrides=overrides).step_results
    assert steps["mail"] == {"subject": "t", "body": "b", "html": "<b>h</b>"}
    assert steps["text"] == {"body": "b", "from": "+1"}
    failed = env.trigger(w, ADA, overrides={"email": {"content_type": "pdf"}})
    assert failed.error["errors"][0]["path"] == "/content_type"


def test_a_title_that_forges_headers_arrives_as_a_title(send, mailbox):
    title = "=?utf-8?q?Hi=0D=0AReply-To=3A_x=40example=2Enet=0D=0A=0D=0Aforged_body?="
    send({"subject": title, "body": "the real body"})
    [envelope] = mailbox.received
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert (mail["Subject"], mail["Reply-To"], mail.get_content()) == (title, None, "the real body\r\n")


@pytest.mark.parametrize(
    ("address", "recipient"),
    [
        ("ada@example.org ", "ada@example.org"),
        ("\u00a0ada@example.org", "ada@example.org"),
        ("info@straße.example", "info@xn--strae-oqa.example"),
        ("try..this..0511@docomo.example", "try..this..0511@docomo.example"),
    ],
)
def test_who_has_an_address_gets_the_mail(send, mailbox, address, recipient):
    assert send({"subject": "s", "body": "b"}, {"subscriberId": "ada", "email": address}).status == "completed"
    assert mailbox.recipients == [recipient]


def test_an_address_of_blanks_is_none(send, mailbox):
    result = send({"subject": "s", "body": "b"}, {"subscriberId": "ada", "email": "  "})
    assert (result.status, result.steps[0].reason, mailbox.messages) == ("completed", "no_address", [])


@pytest.mark.parametrize(
    ("extra", "path", "told"),
    [
        ({"cc": "nobody"}, "/cc", "is not an e-mail address"),
        ({"bcc": ["a@b.c", "d@e.f, g@h.i"]}, "/bcc", "is not an e-mail address"),
        ({"reply_to": "a@b.c\nBcc: d@e.f"}, "/replyTo", "is not an e-mail address"),
        ({"from_": "nobody"}, "/from", "is not an e-mail address"),
        ({"from": {"email": "nobody"}}, "/from", "is not an e-mail address"),
        ({"envelopeFrom": "nobody"}, "/envelope_from", "is not an e-mail address"),
        ({"headers": {"X-A": "a\r\nBcc: b@c.d"}}, "/headers", "line break"),
        ({"headers": {"Bcc": "b@c.d"}}, "/headers", "set by the e-mail itself"),
        ({"headers": "X-A: a"}, "/headers", "must be an object"),
        ({"safe_html": "yes"}, "/safe_html", "must be boolean"),
    ],
)
def test_what_cannot_be_sent_fails_the_step_before_any_provider_is_asked(env, registry, extra, path, told):
    @registry.workflow("w")
    def w(step):
        step.email("mail", lambda: {"subject": "s", "body": "b", **extra})

    run = env.trigger(w, ADA)
    assert (run.status, len(env.outbox)) == ("failed", 0)
    [fault] = run.error["errors"]
    assert fault["path"] == path
    assert told in fault["message"]
    assert env.trigger(w, ADA, overrides={"email": {}}).status == "failed"


def test_pythons_spellings_are_read(send, mailbox):
    own = {
        "from_": "Shop <shop@b.c>",
        "reply_to": ["a@b.c", {"email": "d@e.f", "name": "D"}],
        "envelope_from": "bounce@b.c",
    }
    run = send({"subject": "s", "body": "b", **own})
    assert run.step_results["mail"] == {
        "subject": "s", "body": "b", "from": own["from_"], "replyTo": own["reply_to"], "envelope_from": "bounce@b.c"
    }  # fmt: skip
    [mail] = mailbox.messages
    assert (mail["From"], mail["Reply-To"]) == ("Shop <shop@b.c>", "a@b.c, D <d@e.f>")


def test_a_copy_that_the_server_refuses_is_told(send, mailbox, caplog):
    mailbox.refused = {"bob@example.org": "550 no"}
    run = send({"subject": "s", "body": "b", "cc": "bob@example.org"})
    assert (run.status, mailbox.recipients) == ("completed", ["ada@example.org"])
    [step] = run.steps
    [attempt] = step.attempts
    assert (step.outcome, attempt["error"]["provider"]) == ("delivered", "smtp")
    assert attempt["error"]["message"] == "Delivered, but not to bob@example.org: 550 no"
    assert "not to bob@example.org" in caplog.text


@pytest.mark.parametrize("detail", [None, {"refused": None}, {"refused": {}}, {"refused": ["a"]}, {"other": 1}])
def test_a_receipt_may_hold_anything(registry, detail):
    from novu_core.delivery import Delivery
    from tests.providers import Answering

    @registry.workflow("w")
    def w(step):
        step.email("mail", {"subject": "s", "body": "b"})

    settings = {"NOVU_DELIVERY": {"email": Answering(lambda: Delivery("p", None, detail))}}
    with NovuEnvironment(registry, settings) as environment:
        run = environment.trigger(w, ADA)
        assert (run.status, run.steps[0].attempts) == ("completed", [])


def test_an_override_is_for_a_provider_that_is_known(registry):
    from tests.providers import Recording

    @registry.workflow("own")
    def own(step):
        step.email("mail", {"subject": "s", "body": "b"}, providers={"pigeon": {"height": 7}})

    with NovuEnvironment(registry, {"NOVU_DELIVERY": {"email": (pigeon := Recording(name="pigeon"))}}) as environment:
        assert environment.trigger(own, ADA).status == "completed"
        assert pigeon.sent[0].override("pigeon") == {"height": 7}
    with NovuEnvironment(registry) as environment:
        assert environment.trigger(own, ADA).error["type"] == "ProviderNotFoundError"
