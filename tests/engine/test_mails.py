"""What a step says is what a mail holds: plain text stays text, HTML is made harmless, and nothing is left out silently."""

from __future__ import annotations

import email
import email.policy
import time
from contextlib import ExitStack

import pytest

from novu_core.delivery import Outbox
from novu_core.engine.rules import RULES
from novu_core.testing import NovuEnvironment
from novu_core.types import StepType
from tests.engine.conftest import ADA
from tests.unit.delivery.mail_servers import Mailbox, running


@pytest.fixture
def mailbox():
    box = Mailbox()
    with running(box) as server:
        box.url = f"smtp://127.0.0.1:{server.port}?from=shop@example.com"
        yield box


@pytest.fixture
def send(registry, mailbox):
    """Triggers a workflow of one e-mail step over the mailbox's server; ``also``: providers behind it."""
    with ExitStack() as stack:

        def send(output, to=ADA, also=(), overrides=None, workflow_id="w", **options):
            @registry.workflow(workflow_id)
            def w(step):
                step.email("mail", lambda: output, **options)

            environment = NovuEnvironment(registry, {"NOVU_DELIVERY": {"email": [mailbox.url, *also]}})
            return stack.enter_context(environment).trigger(w, to, overrides=overrides)

        yield send


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
    "output",
    [
        {"html": "<p onclick=x>Hi <b>Ada</b></p><script>alert(1)</script>"},
        {"body": "<p onclick=x>Hi <b>Ada</b></p><script>alert(1)</script>", "content_type": "text/html"},
    ],
)
def test_html_is_said_to_be_html_and_made_harmless(send, mailbox, output):
    assert send({"subject": "s", **output}).status == "completed"
    text, html = mailbox.messages[0].iter_parts()
    assert text.get_content().strip() == "Hi Ada"
    assert html.get_content().strip() == "<p>Hi <b>Ada</b></p>"


@pytest.mark.parametrize("text", [{"text": "x < y"}, {"body": "x < y"}])
def test_a_text_of_ones_own_stands_beside_the_html(send, mailbox, text):
    send({"subject": "s", "html": "<p>x &lt; y</p>", **text})
    plain, html = mailbox.messages[0].iter_parts()
    assert (plain.get_content().strip(), html.get_content().strip()) == ("x < y", "<p>x &lt; y</p>")


@pytest.mark.parametrize("fields", [{"html": "{}"}, {"body": "{}", "content_type": "text/html"}])
def test_in_app_html_is_made_harmless(env, registry, fields):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {key: text.format("<b>x</b><script>1</script>") for key, text in fields.items()})

    content = env.trigger(w, ADA).step_results["bell"]
    assert content == {key: text.format("<b>x</b>") for key, text in fields.items()}
    assert env.outbox.in_app[0].html == "<b>x</b>"


DOCTYPES = [
    "<!doctype html>",
    "<!DOCTYPE html>",
    "<!DocType HTML>",
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"\n  "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
]
BEFORE = ["", "\n", "\r\n \t\n", "\ufeff", "<!-- note -->", "\n<!-- a --><!-- b\n-->\n", '<?xml version="1.0"?>\n']


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("before", BEFORE)
def test_the_doctype_stays_in_front_of_the_html(doctype, before):
    page = "<html><head><title>t</title></head><body><p>Hi</p></body></html>"
    for output in ({"html": before + doctype + page}, {"body": before + doctype + page, "content_type": "text/html"}):
        cleaned = RULES.sanitize(StepType.EMAIL, output)
        html = cleaned.get("html") or cleaned["body"]
        assert html.startswith(doctype)
        assert html.endswith(page)
        assert html.lower().count("<!doctype") == 1


def test_the_doctype_arrives_and_the_preheader_behind_it(send, mailbox):
    send({"subject": "s", "html": "\n<!doctype html><p>Hi</p>", "preheader": "News"})
    html = mailbox.messages[0].get_body(("html",)).get_content()
    assert html.startswith("<!doctype html><span style=")


@pytest.mark.parametrize(
    "html",
    [
        "<!doctype html <script>alert(1)</script>><p>a",
        "<!-- <!doctype html> --><p>a",
        "<!-- --!><script>alert(1)</script><!doctype html>",
        "<!--><script>alert(1)</script><!doctype html>-->",
        "<?php ><!doctype html><script>alert(1)</script>",
        "<p>a</p><!doctype html>",
    ],
)
def test_a_doctype_brings_nothing_else_along(html):
    cleaned = RULES.sanitize(StepType.EMAIL, {"html": html})["html"]
    assert "alert" not in cleaned.partition(">")[2] or "<script" not in cleaned.partition(">")[2]


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


@pytest.mark.parametrize("html", ["<pre>" + " " * 60_000 + "x</pre>", "<a>x" * 30_000, "<b><!--" * 30_000])
def test_a_strangers_text_cannot_keep_a_run_beyond_its_lease(registry, mailbox, html):
    @registry.workflow("comment")
    def comment(step):
        step.email("mail", {"subject": "a " * 20_000, "html": html})

    settings = {"NOVU_DELIVERY": {"email": mailbox.url}, "NOVU_LEASE_SECONDS": 2}
    with NovuEnvironment(registry, settings) as environment:
        began = time.monotonic()
        result = environment.trigger(comment, [ADA, {"subscriberId": "bob", "email": "bob@example.org"}])
        assert time.monotonic() - began < 4
        assert {execution.status for execution in result.executions} == {"completed"}
    assert sorted(mailbox.recipients) == ["ada@example.org", "bob@example.org"]


TEMPLATE = """<!doctype html>
<html><head><!--[if mso]><xml><o:OfficeDocumentSettings/></xml><![endif]--><style>@media print {a {color: red}}</style>
</head><body bgcolor="#eeeeee"><center><font color="red" face="Arial">Hi</font></center>
<!--[if !mso]><!--><img src="cid:logo"><!--<![endif]--></body></html>"""


@pytest.mark.parametrize("output", [{"html": TEMPLATE}, {"body": TEMPLATE, "content_type": "text/html"}])
def test_html_of_ones_own_templates_arrives_as_it_is(send, mailbox, output):
    run = send({"subject": "s", "safe_html": True, **output})
    assert run.step_results["mail"] == {"subject": "s", **output}
    _, html = mailbox.messages[0].iter_parts()
    assert html.get_content().replace("\r\n", "\n").strip() == TEMPLATE


def test_other_html_keeps_its_inline_images_and_no_other_scheme(send, mailbox):
    html = """<p><img src="cid:logo@1"><img src="cid:a b"><img src="javascript:x"><a href="cid:logo">x</a></p>"""
    run = send({"subject": "s", "html": html})
    assert run.step_results["mail"]["html"] == '<p><img src="cid:logo@1" /><img /><img /><a>x</a></p>'


@pytest.mark.parametrize(
    "over", [{"html": "<b onclick=x>h</b>"}, {"body": "<b onclick=x>h</b>", "content_type": "text/html"}]
)
def test_what_a_trigger_lays_over_a_safe_step_is_made_harmless(env, registry, over):
    @registry.workflow("w")
    def w(step):
        step.email("mail", {"subject": "s", "body": "b", "safe_html": True})

    content = env.trigger(w, ADA, overrides={"email": over}).step_results["mail"]
    assert "<b>h</b>" in content.values()
    refused = env.trigger(w, ADA, overrides={"email": {"safe_html": True}})
    assert refused.error["errors"] == [
        {"path": "/safe_html", "message": "only the step itself can say so of its own templates"}
    ]
    assert env.trigger(w, ADA, overrides={"email": {"subject": "t"}}).step_results["mail"] == {
        "subject": "t",
        "body": "b",
    }


def test_html_of_an_override_is_made_harmless_too(send, mailbox):
    run = send({"subject": "s", "body": "b"}, providers={"smtp": lambda: {"html": "<b onclick=x>h</b>"}})
    assert run.step_results["mail"]["_providers"] == {"smtp": {"html": "<b>h</b>"}}
    safe = {"html": "<center>h</center>", "safe_html": True}
    assert send_again(send, {"smtp": safe}).step_results["mail"]["_providers"] == {
        "smtp": {"html": "<center>h</center>"}
    }


def send_again(send, providers):
    return send({"subject": "s", "body": "b"}, workflow_id="again", providers=providers)


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
        ({"headers": {"Bcc": "b@c.d"}}, "/headers", "written by the mail itself"),
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


def test_in_app_html_is_never_taken_for_safe(env, registry):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"html": "<script>x</script>", "safe_html": True})

    run = env.trigger(w, ADA)
    assert [fault["path"] for fault in run.error["errors"]] == ["/safe_html"]


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
