"""E-mails as MIME: addresses, headers, and text beside HTML."""

from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.delivery.addresses import parse_address
from novu_core.delivery.mime import compose
from novu_core.delivery.plaintext import html_to_text, with_preheader
from novu_core.errors import DeliveryError

SENDER = parse_address("Shop <no-reply@shop.example>")


def sent(message, sender=SENDER):
    """The letter, and the message as the recipient's mail program reads it."""
    letter = compose(message, sender)
    received = letter.email.as_bytes().replace(b"\r\n", b"\n")
    return letter, email.message_from_bytes(received, policy=email.policy.default)


def test_a_plain_body_is_one_text_part(make_message):
    letter, read = sent(make_message({"subject": "Hello", "body": "1 < 2 and <3\nbye"}))
    assert read.get_content_type() == "text/plain"
    assert read.get_content() == "1 < 2 and <3\nbye\n"
    assert (letter.sender, letter.recipient) == ("no-reply@shop.example", "ann@example.com")
    assert read["From"] == "Shop <no-reply@shop.example>"
    assert read["To"] == "ann@example.com"
    assert read["Date"].datetime.isoformat() == "2026-01-05T09:00:00+00:00"
    assert read["X-Novu-Idempotency-Key"] == "run-1:welcome"
    assert read["Auto-Submitted"] == "auto-generated"


def test_an_html_body_has_a_text_part_before_it(make_message):
    html = '<p>Grüße, <a href="https://x.example/a">look</a></p>'
    _, read = sent(make_message({"subject": "s", "html": html}))
    text, rich = read.iter_parts()
    assert read.get_content_type() == "multipart/alternative"
    assert (text.get_content_type(), rich.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content() == "Grüße, look (https://x.example/a)\n"
    assert rich.get_content() == html + "\n"


def test_the_preheader_is_hidden_at_the_top_of_the_html_and_not_in_the_text(make_message):
    _, read = sent(make_message({"subject": "s", "html": "<p>Hi</p>", "preheader": "5 < 6 news"}))
    text, rich = read.iter_parts()
    assert rich.get_content().startswith('<span style="display:none')
    assert ">5 &lt; 6 news</span><p>Hi</p>" in rich.get_content()
    assert text.get_content() == "Hi\n"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<!doctype html><html><head></head><BODY class=x><p>a",
            "<!doctype html><html><head></head><BODY class=x>|<p>a",
        ),
        ("<html><head></head><p>a", "<html><head></head>|<p>a"),
        ("<!DOCTYPE html><p>a", "<!DOCTYPE html>|<p>a"),
        ("<p>a", "|<p>a"),
    ],
)
def test_where_the_preheader_goes(html, expected):
    before, after = expected.split("|")
    found = with_preheader(html, "x")
    assert found.startswith(before + "<span")
    assert found.endswith("</span>" + after)


def test_from_and_reply_to_of_the_content(make_message):
    content = {
        "subject": "s",
        "body": "b",
        "from": {"email": "ceo@shop.example", "name": "The, Boss"},
        "replyTo": "a@b.c",
    }
    letter, read = sent(make_message(content))
    assert read["From"].addresses[0].display_name == "The, Boss"
    assert (letter.sender, read["From"].addresses[0].addr_spec) == ("ceo@shop.example", "ceo@shop.example")
    assert read["Reply-To"] == "a@b.c"


def test_a_name_alone_keeps_the_address_and_provider_defaults_win_if_asked_for(make_message):
    _, named = sent(make_message({"subject": "s", "body": "b", "from": {"name": "Ann's shop"}}))
    assert named["From"].addresses[0].addr_spec == "no-reply@shop.example"
    assert named["From"].addresses[0].display_name == "Ann's shop"
    content = {"subject": "s", "body": "b", "from": {"email": "x@y.z"}, "useProviderDefaults": True}
    assert sent(make_message(content))[1]["From"] == "Shop <no-reply@shop.example>"


def test_the_message_id_follows_from_the_idempotency_key(make_message):
    first, again = compose(make_message(), SENDER), compose(make_message({"body": "changed"}), SENDER)
    other = compose(make_message(idempotency_key="run-2:welcome"), SENDER)
    assert first.message_id == again.message_id != other.message_id
    assert first.message_id.endswith("@shop.example>")
    assert first.email["Message-ID"] == first.message_id


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0"])
def test_a_line_break_makes_no_header(make_message, breaks):
    evil = f"Hello{breaks}Bcc: victim@example.com"
    content = {"subject": evil, "html": "<p>x</p>", "from": {"email": "a@b.c", "name": evil}, "preheader": evil}
    _, read = sent(make_message(content, idempotency_key=evil))
    assert read["Bcc"] is None
    assert read["Subject"] == "Hello Bcc: victim@example.com"
    assert read["From"].addresses[0].addr_spec == "a@b.c"
    assert read.defects == []


@given(st.text(), st.text(), st.text(), st.text())
@settings(max_examples=150, deadline=None)
def test_any_text_makes_one_well_formed_letter(make_message_once, subject, name, preheader, body):
    content = {"subject": subject, "body": body, "from": {"email": "a@b.c", "name": name}, "preheader": preheader}
    letter, read = sent(make_message_once(content))
    expected = {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Novu-Idempotency-Key",
        "MIME-Version",
    }
    assert set(read.keys()) - expected <= {"Content-Type", "Content-Transfer-Encoding"}
    assert [address.addr_spec for address in read["To"].addresses] == ["ann@example.com"]
    assert letter.email.as_bytes().isascii()


@pytest.fixture(scope="module")
def make_message_once():
    from types import SimpleNamespace

    from novu_core.clock import UTC, SystemClock
    from novu_core.delivery import Message

    assert UTC
    subscriber = SimpleNamespace(subscriber_id="ann", email=None, phone=None, data=None, channels=None)
    now = SystemClock().now()
    return lambda content: Message("email", "ann@example.com", subscriber, content, "k", "e", "s", "w", now)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@example.com",
        "ann@",
        "ann@exa mple.com",
        "ann@example.com\nBcc: x@y.z",
        "ann@example.com, bo@example.com",
        "ann@example.com;bo@example.com",
        "ann@@example.com",
        ".ann@example.com",
        "ann@-example.com",
        "ann@example..com",
        "x" * 243 + "@example.com",
        "ann@" + "x" * 254,
        "Ann <ann@example.com> <bo@example.com>",
        "a@b.c, Ann <ann@example.com>x",
        "ann@exämple..com",
        "\ud800@example.com",
        None,
        7,
    ],
)
def test_what_is_no_address_is_a_permanent_error_that_names_it(make_message, address):
    with pytest.raises(DeliveryError) as refused:
        compose(make_message(to=address), SENDER)
    assert not refused.value.retriable
    assert "'to'" in refused.value.message
    assert "\n" not in refused.value.message


@pytest.mark.parametrize("where", ["replyTo", "from"])
def test_a_bad_address_in_the_content_is_named(make_message, where):
    bad = "nobody" if where == "replyTo" else {"email": "nobody"}
    with pytest.raises(DeliveryError, match=f"'{where}' cannot be used: 'nobody' is not an e-mail address"):
        compose(make_message({"subject": "s", "body": "b", where: bad}), SENDER)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h1>Title</h1><p>One\n  two</p><p>three</p>", "Title\n\nOne two\n\nthree"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ('<a href="https://x.example">x</a>', "x (https://x.example)"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ('<a href="mailto:a@b.c">a@b.c</a>', "a@b.c"),
        ('<a href="#top">up</a>', "up"),
        ('<a href="https://x.example"><img src=y></a>', "https://x.example"),
        ('<img alt="a cat" src="x">', "a cat"),
        ("<head><title>t</title></head><body>b</body>", "b"),
        ("<head><style>x{}</style><body>b", "b"),
        ("a<script>alert(1)</script>b<style>p{}</style>", "ab"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1\t2\n3"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("Tom &amp; Jerry &lt;3", "Tom & Jerry <3"),
        ("<!--[if mso]>x<![endif]-->y<!-- c -->", "y"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("</p></a></style>x", "x"),
        ("<head><title>t</title><body>b", "b"),
        ("<table><tr><th>1<th>2</table>", "1\t2"),
        ("a<hr>b", "a\n\n---\n\nb"),
        (
            "<ul><li><p>one</p></li><li>two <a href='https://x.example'>x</a></li></ul>",
            "- one\n\n- two x (https://x.example)",
        ),
        ("<div><div>a</div><div> b </div></div>c", "a\nb\nc"),
        ("a <b> b</b> c", "a b c"),
    ],
)
def test_html_as_text(html, expected):
    assert html_to_text(html) == expected


def test_an_unknown_section_does_not_hide_the_text():
    assert html_to_text("<p>before</p><![weird[x]]><p>after</p>").startswith("before")


@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "</", "<!", "<![", "<?", "]]>", "--", "p", "a href=", "pre", "style", "&", "#", " ", "é"]
        )
    )
)
@settings(max_examples=200, deadline=None)
def test_any_html_gives_some_text(pieces):
    assert isinstance(html_to_text("".join(pieces)), str)
