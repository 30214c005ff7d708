"""What a mail holds when it arrives: whom it is for, what its headers say, and nothing left out."""

from __future__ import annotations

import pytest

from novu_core.delivery import SMTP
from novu_core.delivery.addresses import ascii_domain
from tests.unit.delivery.mail_servers import failure, provider_for, scripted


@pytest.mark.parametrize(
    ("to", "recipient"),
    [
        ("try..this..0511@docomo.example", '"try..this..0511"@docomo.example'),
        ("a...b@example.com", '"a...b"@example.com'),
        ('"ends."@docomo.example', '"ends."@docomo.example'),
        ("reply+" + "x" * 80 + "@reply.example.com", "reply+" + "x" * 80 + "@reply.example.com"),
        ("ada@example.org ", "ada@example.org"),
        ("info@straße.example", "info@xn--strae-oqa.example"),
        ("info@βόλος.example", "info@xn--nxasmm1c.example"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
    ],
)
def test_addresses_reach_the_server_as_they_are_meant(provider, mailbox, make_message, to, recipient):
    provider.send(make_message({"subject": "s", "body": "b", "replyTo": to}, to=to))
    (envelope,), (received,) = mailbox.received, mailbox.messages
    unquoted = [recipient.replace('"', "")]  # aiosmtpd and email read the quotes
    assert envelope.rcpt_tos == unquoted
    assert not envelope.smtp_utf8
    for header in ("To", "Reply-To"):
        assert [address.addr_spec for address in received[header].addresses] == unquoted
        assert not received[header].defects


def test_dots_that_need_quotes_have_them_on_the_wire(make_message):
    lines = []
    with scripted({}, lines=lines) as (port, _), provider_for(port) as provider:
        provider.send(make_message(to="try..this..0511@docomo.example"))
    assert b'rcpt TO:<"try..this..0511"@docomo.example>\r\n' in lines


@pytest.mark.parametrize(
    "forged", ["=?utf-8?q?x=0D=0ABcc=3A_e=40example=2Ecom?=", "=?utf-8?b?eA0KQmNjOiBldmlsQGV4YW1wbGUuY29t?="]
)
def test_nothing_that_looks_encoded_becomes_a_header(server, mailbox, make_message, forged):
    with provider_for(server.port, sender=f"{forged} <no-reply@shop.example>") as provider:
        content = {"subject": forged, "body": "the real body", "replyTo": f"{forged} <ada@example.org>"}
        provider.send(make_message(content, to=f"{forged} <ann@example.com>", idempotency_key=forged))
    (envelope,), (received,) = mailbox.received, mailbox.messages
    assert envelope.rcpt_tos == ["ann@example.com"]
    assert (received["Bcc"], received["Subject"], received["X-Novu-Idempotency-Key"]) == (None, forged, forged)
    for header in ("From", "To", "Reply-To"):
        [shown] = [address.display_name for address in received[header].addresses]
        assert shown.replace(" ", "") == forged  # Python 3.11 reads a blank between two encoded words of a name
    assert received.get_content() == "the real body\n"


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"boddy": "b"}, "'boddy'"),
        ({"to": "a@b.c", "priority": "high"}, "'to', 'priority'"),
        ({"safe_html": True}, "'safe_html'"),
        ({"_providers": {"nodemailer": {"priority": "high"}}}, "'priority' of the override for nodemailer"),
        ({"_providers": {"nodemailer": {"html": {"path": "/etc/passwd"}}}}, "'html' of the override for nodemailer"),
        ({"_providers": {"nodemailer": {"envelope": {"from": "a@b.c", "to": "d@e.f"}}}}, "'envelope' of the override"),
        (
            {"_providers": {"nodemailer": {"_passthrough": {"headers": {}}}}},
            "'_passthrough' of the override for nodemailer",
        ),
        ({"_providers": {"smtp": {"cc_": "a@b.c"}}}, "'cc_' of the override for smtp"),
    ],
)
def test_what_would_be_left_out_of_a_mail_is_a_permanent_error_that_names_it(
    provider, mailbox, make_message, extra, named
):
    error = failure(provider, make_message({"subject": "s", "body": "b", **extra}))
    assert not error.retriable
    assert named in error.message
    assert mailbox.received == []


@pytest.mark.parametrize(
    "extra",
    [
        {"attachments": []},
        {"bcc": None},
        {"headers": {}},
        {"_providers": {"sendgrid": {"bcc": "a@b.c"}, "nodemailer": {"priority": None}}},
    ],
)
def test_extras_without_anything_in_them_lose_nothing(provider, mailbox, make_message, extra):
    provider.send(make_message({"subject": "s", "body": "b", **extra}))
    assert len(mailbox.received) == 1


@pytest.mark.parametrize("domain", ["straße.example", "faß.example", "βόλος.example"])
def test_a_host_and_a_sender_outside_ascii_are_nobody_elses(domain):
    provider = SMTP(f"mail.{domain}", sender=f"Shop <shop@{domain}>")
    assert provider.host == f"mail.{ascii_domain(domain)}"
    assert provider.sender.addr_spec == f"shop@{ascii_domain(domain)}"
