"""HTML of steps and of triggers: said to be HTML, made harmless, and whole where it is the app's own."""

from __future__ import annotations

import time

import pytest

from novu_core.engine.rules import RULES
from novu_core.testing import NovuEnvironment
from novu_core.types import StepType
from tests.engine.conftest import ADA
from tests.engine.mails.conftest import send_again


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


@pytest.mark.parametrize("html", ["<pre>" + " " * 60_000 + "x</pre>", "<a>x" * 30_000, "<b><!--" * 30_000])
def test_a_strangers_text_cannot_keep_a_run_beyond_its_lease(registry, mailbox, html):
    @registry.workflow("comment")
    def comment(step):
        step.email("mail", {"subject": "a " * 20_000, "html": html})

    settings = {"NOVU_DELIVERY": {"email": mailbox.url}, "NOVU_LEASE_SECONDS": 2}
    with NovuEnvironment(registry, settings) as environment:
        began = time.thread_time()
        result = environment.trigger(comment, [ADA, {"subscriberId": "bob", "email": "bob@example.org"}])
        assert time.thread_time() - began < 4
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


def test_in_app_html_is_never_taken_for_safe(env, registry):
    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"html": "<script>x</script>", "safe_html": True})

    run = env.trigger(w, ADA)
    assert [fault["path"] for fault in run.error["errors"]] == ["/safe_html"]
