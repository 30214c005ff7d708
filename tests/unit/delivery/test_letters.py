"""Copies, replies, headers, attachments and the envelope of an e-mail, and who of several recipients was refused."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.delivery import Attachment, Message, letter_of
from novu_core.delivery.addresses import parse_address
from novu_core.delivery.mime import compose
from novu_core.errors import DeliveryError
from tests.unit.delivery.conftest import ANN, NOW
from tests.unit.delivery.mail_servers import failure

SHOP = parse_address("Shop <no-reply@shop.example>")
PNG = b"\x89PNG\r\n\x1a\n\0\xff"
CONTENT = {
    "subject": "Rechnung 7",
    "text": "Hallo Ada",
    "html": '<p>Hallo Ada</p><img src="cid:logo">',
    "from": {"email": "billing@shop.example", "name": "Büro, Shop"},
    "envelope_from": "bounces@shop.example",
    "cc": ["Bob <bob@example.com>", {"email": "cy@example.com", "name": "Cy, Jr."}],
    "bcc": "archive@example.com",
    "replyTo": "reply@shop.example",
    "headers": {"X-Team": "billing", "List-Unsubscribe": "<https://shop.example/u?a=?b>"},
    "attachments": [
        {"content": PNG, "name": "logo.png", "cid": "<logo>"},
        {"file": "aGk=", "mime": "text/csv; charset=utf-8", "name": "Übersicht.csv"},
    ],
}


def read(mail):
    return email.message_from_bytes(mail.email.as_bytes(), policy=email.policy.default)


def message(content, key="run-1:welcome"):
    return Message(
        "email", "Ann <ann@example.com>", ANN, {"subject": "s", "body": "b", **content}, key, "e", "s", "w", NOW
    )


def test_everything_arrives(provider, mailbox, make_message):
    delivery = provider.send(make_message(CONTENT))
    (envelope,), (mail,) = mailbox.received, mailbox.messages
    assert envelope.mail_from == "bounces@shop.example"
    assert envelope.rcpt_tos == ["ann@example.com", "bob@example.com", "cy@example.com", "archive@example.com"]
    assert "refused" not in delivery.detail
    assert [(it.display_name, it.addr_spec) for it in mail["Cc"].addresses] == [
        ("Bob", "bob@example.com"),
        ("Cy, Jr.", "cy@example.com"),
    ]
    assert mail["From"].addresses[0].display_name == "Büro, Shop"
    assert (mail["Bcc"], mail["Reply-To"], mail["X-Team"]) == (None, "reply@shop.example", "billing")
    assert mail["List-Unsubscribe"] == "<https://shop.example/u?a=?b>"
    assert mail.get_body(("plain",)).get_content() == "Hallo Ada\n"
    assert mail.get_body(("html",)).get_content() == CONTENT["html"] + "\n"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "text/csv",
    ]  # fmt: skip
    *_, image, table = mail.walk()
    assert (image["Content-ID"], image.get_content_disposition(), image.get_content()) == ("<logo>", "inline", PNG)
    assert (table.get_filename(), table.get_content_disposition(), table.get_content()) == (
        "Übersicht.csv",
        "attachment",
        "hi",
    )
    assert [part.defects for part in mail.walk()] == [[]] * 7


def test_an_attachment_goes_beside_a_text_alone_too(make_message):
    attachments = [{"content": PNG, "name": "logo.png", "cid": "logo"}]
    mail = read(compose(make_message({"subject": "s", "body": "b", "attachments": attachments}), SHOP))
    text, image = mail.iter_parts()
    assert (mail.get_content_type(), text.get_content().strip()) == ("multipart/mixed", "b")
    assert (image.get_content_disposition(), image["Content-ID"]) == ("attachment", "<logo>")


def test_an_override_for_smtp_wins_over_one_for_nodemailer_and_both_over_the_content():
    nodemailer = {
        "from": {"name": "N", "address": "n@shop.example"},
        "cc": [{"name": "C", "address": "c@example.com"}],
        "replyTo": "Other <o@example.com>",
        "subject": "of nodemailer",
        "headers": [{"key": "X-A", "value": "1"}],
        "inReplyTo": "<a@b.c>",
        "references": ["<a@b.c>", "<d@e.f>"],
        "envelope": {"from": "bounces@shop.example"},
        "attachments": [{"filename": "a.txt", "content": b"a", "contentType": "text/plain"}],
    }
    given = {
        "bcc": "b@example.com",
        "_providers": {"nodemailer": nodemailer, "smtp": {"subject": "of smtp", "bcc": None}},
    }
    letter = letter_of(message(given), SHOP, "nodemailer", "smtp")
    assert (str(letter.sender), letter.subject, letter.bcc) == ("N <n@shop.example>", "of smtp", ())
    assert [str(address) for address in (*letter.cc, *letter.reply_to)] == [
        "C <c@example.com>",
        "Other <o@example.com>",
    ]
    assert letter.headers == {"X-A": "1", "In-Reply-To": "<a@b.c>", "References": "<a@b.c> <d@e.f>"}
    assert letter.envelope_from is not None
    assert letter.envelope_from.addr_spec == "bounces@shop.example"
    assert letter.attachments == (Attachment("a.txt", "text/plain", b"a"),)
    assert letter_of(message(given), SHOP).subject == "s"


def test_nodemailers_other_forms():
    given = {"headers": {"X-A": "1"}, "references": "<a@b.c>", "cc": "c@example.com"}
    letter = letter_of(message({"_providers": {"nodemailer": given}}), SHOP, "nodemailer")
    assert letter.headers == {"X-A": "1", "References": "<a@b.c>"}
    assert [str(address) for address in letter.cc] == ["c@example.com"]
    with pytest.raises(DeliveryError, match="the header ''"):
        letter_of(message({"_providers": {"nodemailer": {"headers": "X-A: 1"}}}), SHOP, "nodemailer")


def test_what_a_provider_cannot_send_is_refused_by_name():
    letter = letter_of(message({"bcc": "b@example.com"}), SHOP)
    letter.refuse("Pigeon", "cc", "attachments", "envelope_from", "headers")
    with pytest.raises(DeliveryError, match="fields that Pigeon cannot send: 'bcc'"):
        letter.refuse("Pigeon", "cc", "bcc")


def test_someone_named_twice_gets_one_mail():
    letter = letter_of(message({"cc": ["ann@example.com", "b@example.com"], "bcc": "B <b@example.com>"}), SHOP)
    assert [address.addr_spec for address in letter.recipients] == ["ann@example.com", "b@example.com"]


@pytest.mark.parametrize("where", ["cc", "bcc", "replyTo", "envelope_from"])
@pytest.mark.parametrize("bad", ["nobody", "a@b.c, d@e.f", "a@b.c\r\nBcc: d@e.f", {"name": "Ann"}, 7])
def test_what_is_no_address_is_named(where, bad):
    with pytest.raises(DeliveryError, match=f"'{where}'") as refused:
        letter_of(message({where: bad}), SHOP)
    assert not refused.value.retriable


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Bcc": "evil@example.com"}, "'Bcc'"),
        ({"subject": "s"}, "'subject'"),
        ({"Content-Type": "text/html"}, "'Content-Type'"),
        ({"Resent-To": "a@b.c"}, "'Resent-To'"),
        ({"X-A\r\nBcc": "a@b.c"}, "has an invalid name"),
        ({"X-A:": "a"}, "has an invalid name"),
        ({"": "a"}, "has an invalid name"),
        ({"X-Ü": "a"}, "has an invalid name"),
        ({"X-A": "a\r\nBcc: b@c.d"}, "line break"),
        ({"X-A": "a\nb"}, "line break"),
        ({"X-A": "a\u2028b"}, "line break"),
        ({"X-A": "a\0b"}, "line break"),
        ({"X-A": "\ud800"}, "control character"),
        ({"X-A": ["a"]}, "must be text, not list"),
        ({"X-A": True}, "must be text, not bool"),
        ({"X-A": ""}, "empty"),
        ({"X-A": "x" * 901}, "too long"),
        ({"X-A": "a", "x-a": "b"}, "given twice"),
        (["X-A: a"], "must be an object"),
    ],
)
def test_headers_that_cannot_be_sent_are_refused_and_named(headers, told):
    with pytest.raises(DeliveryError, match=told) as refused:
        letter_of(message({"headers": headers}), SHOP)
    assert not refused.value.retriable


@pytest.mark.parametrize(
    ("attachments", "told"),
    [
        ("a.txt", "must be a list"),
        (["a.txt"], "must be an object"),
        ([{"name": "a"}], "either `content` or `path`"),
        ([{"content": b"a", "path": "a"}], "either `content` or `path`"),
        ([{"path": "/etc/hostname"}], "not here"),
        ([{"content": "!"}], "base64"),
        ([{"content": b"a", "href": "https://example.org/a"}], "unknown key 'href'"),
        ([{"content": b"a", "file": b"a"}], "given twice"),
        ([{"content": b"a", "name": "a\nb"}], "one line"),
        ([{"content": b"a", "name": "a", "type": "text"}], "media type"),
        ([{"content": b"a", "name": "a", "type": "text/html\r\nBcc: a@b.c"}], "media type"),
        ([{"content": b"a", "name": "a", "type": "multipart/mixed"}], "parts of an e-mail"),
        ([{"content": b"a", "cid": "a b"}], "`cid`"),
        ([{"content": b"a", "cid": "=?utf-8?q?a?="}], "`cid`"),
        ([{"content": 7}], "bytes, not int"),
    ],
)
def test_attachments_that_cannot_be_sent_are_refused(attachments, told):
    with pytest.raises(DeliveryError, match=told):
        letter_of(message({"attachments": attachments}), SHOP)


def test_a_refused_copy_is_told_and_the_others_get_the_mail(provider, mailbox, make_message):
    mailbox.refused = {"bob@example.com": "550 no such user"}
    delivery = provider.send(make_message(CONTENT))
    assert delivery.detail["refused"] == {"bob@example.com": "550 no such user"}
    assert mailbox.received[0].rcpt_tos == ["ann@example.com", "cy@example.com", "archive@example.com"]


@pytest.mark.parametrize(
    ("who", "answer", "retriable"),
    [
        ("ann@example.com", "550 nobody", False),
        ("ann@example.com", "451 later", True),
        ("bob@example.com", "421 closing", True),
    ],
)
def test_nobody_gets_a_mail_that_its_subscriber_is_refused(provider, mailbox, make_message, who, answer, retriable):
    mailbox.refused = {who: answer}
    error = failure(provider, make_message(CONTENT))
    assert error.retriable is retriable
    assert answer in error.message
    assert mailbox.received == []


any_text = st.text(max_size=120)


@given(name=any_text, value=any_text, file_name=any_text, person=any_text, cid=any_text)
@settings(max_examples=200, deadline=None)
def test_any_header_name_and_file_name_is_refused_or_arrives_as_it_was_given(name, value, file_name, person, cid):
    given = {
        "headers": {f"X-{name}"[:20]: value},
        "cc": [{"email": "c@example.com", "name": person}],
        "attachments": [{"content": PNG, "name": file_name, "cid": cid}],
    }
    try:
        mail = read(compose(message(given), SHOP))
    except DeliveryError:
        return
    assert mail[f"X-{name}"[:20]] == value.strip(" ")
    assert [it.addr_spec for it in mail["Cc"].addresses] == ["c@example.com"]
    *_, part = mail.walk()
    assert (part.get_filename(), part.get_content()) == (file_name.strip(), PNG)
    assert mail["Bcc"] is None


@given(
    value=st.text("=?utf-8bqBQ 0DA_\"\\;,'()<>@äß", max_size=300),
    file_name=st.text("=?utf-8bq*%'\"\\; äß.", min_size=1),
)
@settings(max_examples=300, deadline=None)
def test_what_looks_encoded_arrives_as_it_was_given(value, file_name):
    given = {"headers": {"X-A": f"a{value}b"}, "attachments": [{"content": PNG, "name": f"a{file_name}"}]}
    mail = read(compose(message(given), SHOP))
    assert mail["X-A"] == f"a{value}b"
    *_, part = mail.walk()
    assert part.get_filename() == f"a{file_name}".strip()


def test_a_header_of_none_is_left_out():
    assert letter_of(message({"headers": {"X-A": None, "X-B": 7}}), SHOP).headers == {"X-B": "7"}


def test_a_message_has_its_attachments_as_objects():
    found = message(
        {"attachments": [Attachment("a.txt", "text/plain", b"a"), {"content": b"b", "name": None, "path": None}]}
    )
    assert [it.content for it in found.attachments] == [b"a", b"b"]
    assert message({}).attachments == ()
    assert message({}).override("smtp") == {}


def test_types_and_names_that_are_not_given_are_made_up(tmp_path: Path):
    given = [{"content": b"a", "type": "image/png"}, {"content": b"a", "name": "a.eml"}, {"content": b"", "name": "b"}]
    found = letter_of(message({"attachments": given}), SHOP).attachments
    assert [(it.name, it.type) for it in found] == [
        ("attachment.png", "image/png"),
        ("a.eml", "application/octet-stream"),
        ("b", "application/octet-stream"),
    ]
