"""What stands in a mail's headers is what was given, whatever it looks like; one of each, and no other."""

from __future__ import annotations

import base64
import email
import email.policy
import quopri
import re
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.delivery import Message
from novu_core.delivery.addresses import Address, parse_address
from novu_core.delivery.headers import address_header, one_line, text_header
from novu_core.delivery.mime import compose
from novu_core.errors import DeliveryError
from tests.unit.delivery.conftest import ANN

SENDER = parse_address("Shop <no-reply@shop.example>")
ENCODED = re.compile(r"=\?([\w-]+)\?([qQbB])\?([!->@-~]*)\?=")
HEADERS = [
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Novu-Idempotency-Key",
    "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
]  # fmt: skip


def letter(subject="s", *, name="", reply_to="", key="k", body="the real body", to="ann@example.com"):
    content = {"subject": subject, "body": body, "from": {"email": "a@b.c", "name": name}, "replyTo": reply_to}
    at = datetime(2026, 1, 5, tzinfo=timezone.utc)
    return compose(Message("email", to, ANN, content, key, "e", "s", "w", at), SENDER).email.as_bytes()


def fields(data, ascii_only=True):
    """The header fields by a strict reader: every line within RFC 5322, every fold with text behind it."""
    head, separator, _ = data.partition(b"\r\n\r\n")
    assert separator
    lines = head.split(b"\r\n")
    for line in lines:
        assert 0 < len(line) <= 998
        assert line.isascii() or not ascii_only
        assert line.strip()
        assert b"\r" not in line
        assert b"=?" not in line or len(line) <= 76
    unfolded = re.sub(rb"\r\n(?=[ \t])", b"", head).decode().split("\r\n")
    return [tuple(line.split(": ", 1)) for line in unfolded]


def decoded(value):
    """``value`` with its encoded words read (RFC 2047), none of them empty."""
    assert "?q??=" not in value.lower()
    assert "?b??=" not in value.lower()
    joined = re.sub(r"(?<=\?=) +(?==\?)", "", value)

    def word(found):
        charset, letter, text = found.groups()
        read = quopri.decodestring(text, header=True) if letter in "qQ" else base64.b64decode(text)
        return read.decode(charset)

    return ENCODED.sub(word, joined)


def of(data, name):
    [value] = [value for key, value in fields(data) if key == name]
    return value


def read(data):
    return email.message_from_bytes(data, policy=email.policy.default)


FORGED = [
    "=?utf-8?q?Hi=0D=0AReply-To=3A_x=40example=2Enet=0D=0A=0D=0Aforged_body?=",
    "=?utf-8?b?eA0KQmNjOiBldmlsQGV4YW1wbGUuY29t?=",
    "=?iso-8859-1?Q?a=0ABcc:_b@c.example?=",
    "Hello =?utf-8?q?=0D=0A?= there",
    "=?utf-8?q?fake?=",
    "=?utf-8?q?one?= =?utf-8?q?two?=",
    "=?us-ascii*en?q?a=0Ab?=",
    "=?utf-8?q?unfinished",
    "?= =?",
]


@pytest.mark.parametrize("text", FORGED)
def test_an_encoded_word_in_a_text_arrives_as_it_was_written(text):
    data = letter(text, name=text, key=text)
    assert sorted(name for name, _ in fields(data)) == sorted(set(HEADERS) - {"Reply-To"})
    assert decoded(of(data, "Subject")) == decoded(of(data, "X-Novu-Idempotency-Key")) == text
    assert decoded(of(data, "From")) == f"{text} <a@b.c>"
    received = read(data)
    assert received["Subject"] == text
    # Python 3.11 reads a blank between two encoded words of a name.
    assert received["From"].addresses[0].display_name.replace(" ", "") == text.replace(" ", "")
    assert received.get_content() == "the real body\r\n"


@pytest.mark.parametrize("text", FORGED)
@pytest.mark.parametrize("name", ["replyTo", "to"])
def test_an_encoded_word_before_an_address_is_a_name_and_nothing_else(text, name):
    mailbox = f"{text} <ada@example.org>"
    data = letter(**({"reply_to": mailbox} if name == "replyTo" else {"to": mailbox}))
    assert decoded(of(data, "Reply-To" if name == "replyTo" else "To")) == f"{text.strip()} <ada@example.org>"
    assert len(fields(data)) == (len(HEADERS) if name == "replyTo" else len(HEADERS) - 1)


@pytest.mark.parametrize("text", FORGED)
def test_an_encoded_word_is_not_an_address(text):
    for bad in (text, f"<{text}>", f"{text}@example.org"):
        with pytest.raises(DeliveryError, match="is not an e-mail address"):
            letter(reply_to=bad)


@pytest.mark.parametrize(
    "text",
    [
        "Re: some few filler words here RE: Routeraustausch und übriggebliebene Glasfaser",
        "a plain subject of many short words, which only at its very end holds one ü",
        "Ein langer Betreff mit vielen Wörtern, der öfter als einmal umgebrochen wird, äh, ganz öfter sogar",
        "コメントが三件あります。ご確認ください。コメントが三件あります。ご確認ください。コメントが三件あります。",
        "🎉" * 60,
        "x" * 2000,
        "a" + " " * 1500 + "b",
        "two  blanks   and    more " * 20 + "end",
        "word " * 5000 + "end",
        "\u3000Hello\u00a0",
        "",
    ],
)
def test_long_texts_keep_their_words_and_blanks(text):
    data = letter(text, name=text)
    assert decoded(of(data, "Subject")) == text
    assert read(data)["Subject"] == text
    assert decoded(of(data, "From")).removesuffix("a@b.c>").strip('"') == (f"{text} <" if text else "a@b.c")


def test_ascii_stays_readable():
    assert text_header("Subject", "Hello, Ann") == "Hello, Ann"
    assert text_header("Subject", "Liebe Grüße") == "=?utf-8?q?Liebe_Gr=C3=BC=C3=9Fe?="
    assert text_header("Subject", "日本語") == "=?utf-8?b?5pel5pys6Kqe?="
    assert address_header("From", Address("Smith, Ann", "a", "b.c")) == '"Smith, Ann" <a@b.c>'
    assert address_header("From", Address('Ann "x" \\', "a", "b.c")) == '"Ann \\"x\\" \\\\" <a@b.c>'
    assert address_header("From", Address("Ann Smith", "a", "b.c")) == "Ann Smith <a@b.c>"


def test_dots_that_need_quotes_have_them():
    data = letter(to="try..this..0511@docomo.example", reply_to="Ann <a..b@example.com>")
    assert of(data, "To") == '"try..this..0511"@docomo.example'
    assert of(data, "Reply-To") == 'Ann <"a..b"@example.com>'


PIECES = st.sampled_from(
    ["=?", "?=", "=?utf-8?q?", "=?utf-8?b?", "=0D=0A", "Bcc: x@y.z", "\r\n", "\n", " ", "  ", "_", "ü", "日本", "🎉", '"',
     "\\", "<", ">", ",", ";", ":", "(", ")", "@", ".", "\u2028", "\0", "\ud800", "word ", "x" * 90]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


@given(TEXTS, TEXTS, TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_text_arrives_as_it_is_in_one_header_each(subject, name, key, body):
    data = letter(subject, name=name, key=key, body=body)
    expected = [header for header in HEADERS if header != "Reply-To"]
    assert sorted(header for header, _ in fields(data)) == sorted(expected)
    assert decoded(of(data, "Subject")) == one_line(subject)
    assert decoded(of(data, "X-Novu-Idempotency-Key")) == one_line(key)
    received = read(data)
    assert received["Subject"] == one_line(subject)
    assert [address.addr_spec for address in received["From"].addresses] == ["a@b.c"]
    assert received["To"] == "ann@example.com"
    kept = re.sub(r"\r\n|\r|\n", "\n", body.encode("utf-8", "replace").decode().replace("\0", " "))
    assert received.get_content().replace("\r\n", "\n") == (kept if kept.endswith("\n") else kept + "\n")
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert data.isascii()


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_any_reply_to_is_refused_or_one_header_with_one_address(text):
    for reply_to in (text, f"{text} <ada@example.org>"):
        try:
            data = letter(reply_to=reply_to)
        except DeliveryError:
            continue
        found = [value for header, value in fields(data, reply_to.isascii()) if header == "Reply-To"]
        assert len(found) == (1 if reply_to else 0)
        if reply_to == f"{text} <ada@example.org>":
            assert len(fields(data)) == len(HEADERS)
            assert found[0].endswith("<ada@example.org>") or found[0] == "ada@example.org"
            assert [address.addr_spec for address in read(data)["Reply-To"].addresses] == ["ada@example.org"]


@given(st.lists(st.one_of(st.text(), st.text('=?utf-8bqBQ0DA_",<>@ \r\n')), max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_copies_are_refused_or_one_header_with_their_addresses(names):
    copies = [f"{name} <c{at}@example.org>" for at, name in enumerate(names)]
    at = datetime(2026, 1, 5, tzinfo=timezone.utc)
    content = {"subject": "s", "body": "b", "cc": copies, "bcc": copies, "headers": {"X-Who": "".join(names) or "x"}}
    try:
        posted = compose(Message("email", "ann@example.com", ANN, content, "k", "e", "s", "w", at), SENDER)
    except DeliveryError:
        return
    data = posted.email.as_bytes()
    assert posted.recipients == ("ann@example.com", *(f"c{at}@example.org" for at in range(len(copies))))
    found = [header for header, _ in fields(data)]
    assert sorted(found) == sorted([*(it for it in HEADERS if it != "Reply-To"), "X-Who", *(["Cc"] if copies else [])])
    if copies:
        assert [it.addr_spec for it in read(data)["Cc"].addresses] == list(posted.recipients[1:])


def test_texts_of_any_length_take_no_time():
    data = letter("a " * 400_000, name="é" * 80_000)
    assert decoded(of(data, "Subject")) == ("a " * 400_000).strip()
    assert decoded(of(data, "From")) == "é" * 80_000 + " <a@b.c>"
