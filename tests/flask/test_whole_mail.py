"""A mail with everything, by a German template of a Flask app, as it arrives at a mail server."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path

import pytest
from flask import Flask

from flask_novu import Novu
from tests.catalogues import compile_catalogue
from tests.unit.delivery.mail_servers import Mailbox, running

PNG = b"\x89PNG\r\n\x1a\n\0\xff"
PDF = b"%PDF-1.7\n\0\xfe"
HTML = """<!doctype html>
<html lang="{{ locale }}"><head><style>p { color: navy } @media print { p { color: black } }</style></head>
<body bgcolor="#eeeeee"><center><img src="cid:logo" alt="Shop"></center>
<p>{{ _('Hello %(name)s', name=subscriber.first_name) }}, {{ payload.note }}: {{ payload.total | currencyformat('EUR') }}</p>
<a href="{{ unsubscribe_url }}">x</a> <a href="{{ preferences_url }}">y</a>
<!--[if mso]><p>Outlook</p><![endif]--></body></html>
"""
TEXT = "{{ _('Hello %(name)s', name=subscriber.first_name) }}, {{ payload.note }}, {{ payload.due | dateformat('long') }}\n"


@pytest.fixture
def mailbox():
    box = Mailbox()
    with running(box) as server:
        box.url = f"smtp://127.0.0.1:{server.port}?from=Shop%20<no-reply@shop.example>"
        yield box


@pytest.fixture
def app(tmp_path: Path, mailbox):
    for name, text in {"mail/invoice.html": HTML, "mail/invoice.txt": TEXT, "mail/subject.txt": SUBJECT}.items():
        (tmp_path / "templates" / "mail").mkdir(parents=True, exist_ok=True)
        (tmp_path / "templates" / name).write_text(text, "utf-8")
    (tmp_path / "invoice.pdf").write_bytes(PDF)
    compile_catalogue(
        tmp_path / "translations",
        "de",
        {"Hello %(name)s": "Grüß Gott %(name)s", "Your invoice %(number)s": "Ihre Rechnung %(number)s"},
    )
    app = Flask("shop", root_path=str(tmp_path))
    app.config.update(
        TESTING=True,
        NOVU_DELIVERY={"email": mailbox.url},
        NOVU_PUBLIC_URL="https://shop.example",
        NOVU_SECRET_KEY="nv-secret",
    )
    novu = Novu(app)

    @novu.workflow("invoice")
    def invoice(step, payload):
        from novu_core import Template

        step.email(
            "mail",
            {
                "subject": Template("mail/subject.txt"),
                "from_": "Rechnungen <billing@shop.example>",
                "envelope_from": "bounces@shop.example",
                "reply_to": "support@shop.example",
                "cc": ["Bob <bob@example.com>", {"email": "cy@example.com", "name": "Cy, Jr."}],
                "bcc": "archive@shop.example",
                "headers": {"X-Team": "Abrechnung für alle"},
                "attachments": [
                    {"path": tmp_path / "invoice.pdf", "name": "Rechnung für Ada.pdf"},
                    {"content": PNG, "name": "logo.png", "cid": "logo"},
                ],
            },
            template="mail/invoice.html",
        )

    yield app
    app.extensions["novu"].close()  # and its connection, which would be kept


SUBJECT = "{{ _('Your invoice %(number)s', number=payload.number) }}"
ADA = {
    "subscriberId": "ada",
    "email": "ada@example.org",
    "firstName": "Ada",
    "locale": "de_DE",
    "timezone": "Europe/Berlin",
}


def test_it_arrives_and_reads_as_exactly_that(app, mailbox):
    payload = {"number": 7, "note": "<b> & mehr", "total": 1234.5, "due": "2026-07-05T22:30:00Z"}
    run = app.extensions["novu"].trigger("invoice", ADA, payload)
    assert run.status == "completed", run.error
    [envelope] = mailbox.received
    assert envelope.mail_from == "bounces@shop.example"
    assert envelope.rcpt_tos == ["ada@example.org", "bob@example.com", "cy@example.com", "archive@shop.example"]
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert {name: mail[name] for name in ("Subject", "From", "To", "Reply-To", "Bcc", "X-Team")} == {
        "Subject": "Ihre Rechnung 7",
        "From": "Rechnungen <billing@shop.example>",
        "To": "ada@example.org",
        "Reply-To": "support@shop.example",
        "Bcc": None,
        "X-Team": "Abrechnung für alle",
    }
    assert [(it.display_name, it.addr_spec) for it in mail["Cc"].addresses] == [
        ("Bob", "bob@example.com"),
        ("Cy, Jr.", "cy@example.com"),
    ]
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "application/pdf",
    ]  # fmt: skip
    text = mail.get_body(("plain",)).get_content()
    assert text.strip() == "Grüß Gott Ada, <b> & mehr, 6. Juli 2026"
    html = mail.get_body(("html",)).get_content()
    assert '<p style="color: navy;">Grüß Gott Ada, &lt;b&gt; &amp; mehr: 1.234,50&nbsp;€</p>' in html
    listed = mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    links = re.findall(r'<a href="([^"]+)">', html)
    assert [listed, *links] == [
        f"<{links[0]}>",
        *(
            match
            for kind in ("unsubscribe", "preferences")
            for match in links
            if f"https://shop.example/api/novu/{kind}/" in match
        ),
    ]
    visitor = app.test_client()
    assert [visitor.get(link, base_url="https://shop.example").status_code for link in links] == [200, 200]
    click = visitor.post(links[0], data={"List-Unsubscribe": "One-Click"}, base_url="https://shop.example")
    again = app.extensions["novu"].trigger("invoice", ADA, payload)
    [step] = app.extensions["novu"].executions.get(again.execution_id).steps
    assert (click.status_code, step.outcome, step.reason, len(mailbox.received)) == (200, "skipped", "preference", 1)
    for kept in (
        "<!DOCTYPE html>",
        'lang="de_DE"',
        "@media print",
        'bgcolor="#eeeeee"',
        "<!--[if mso]><p>Outlook</p><![endif]-->",
    ):
        assert kept in html
    *_, image, pdf = mail.walk()
    assert (image["Content-ID"], image.get_content_disposition(), image.get_content()) == ("<logo>", "inline", PNG)
    assert (pdf.get_filename(), pdf.get_content_disposition(), pdf.get_content()) == (
        "Rechnung für Ada.pdf",
        "attachment",
        PDF,
    )
    assert [part.defects for part in mail.walk()] == [[]] * 7
    [message] = app.extensions["novu"].messages.list()
    assert (message.to, [file["name"] for file in message.content["attachments"]]) == (
        "ada@example.org",
        ["Rechnung für Ada.pdf", "logo.png"],
    )
