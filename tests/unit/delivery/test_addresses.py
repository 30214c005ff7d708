from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.delivery.addresses import address_of, ascii_domain, parse_address
from novu_core.types import Channel


@pytest.mark.parametrize(
    ("text", "name", "spec"),
    [
        ("a+tag@b.c", "", "a+tag@b.c"),
        ("root@localhost", "", "root@localhost"),
        ("Ann Smith <ann@b.c>", "Ann Smith", "ann@b.c"),
        ('"Smith, Ann" <ann@b.c>', "Smith, Ann", "ann@b.c"),
        ('"Ann \\"the boss\\" Smith" <ann@b.c>', 'Ann "the boss" Smith', "ann@b.c"),
        ('Ann "the boss" <ann@b.c>', 'Ann "the boss"', "ann@b.c"),
        ("Smith, Ann <ann@b.c>", "Smith, Ann", "ann@b.c"),
        ("ann@b.c <ann@b.c>", "ann@b.c", "ann@b.c"),
        ("<ann@b.c>", "", "ann@b.c"),
        ("ann@bücher.example", "", "ann@xn--bcher-kva.example"),
        ("jürgen@example.com", "", "jürgen@example.com"),
        ("o'neil@b.c", "", "o'neil@b.c"),
        ("ANN@EXAMPLE.COM", "", "ANN@EXAMPLE.COM"),
    ],
)
def test_addresses(text, name, spec):
    found = parse_address(text)
    assert (found.display_name, found.addr_spec) == (name, spec)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("try..this..0511@docomo.example", '"try..this..0511"@docomo.example'),
        ("a..b@example.com", '"a..b"@example.com'),
        ("Ann <a...b@example.com>", '"a...b"@example.com'),
        ('"try..this"@docomo.example', '"try..this"@docomo.example'),
        ('"ends."@docomo.example', '"ends."@docomo.example'),
        ('".starts"@docomo.example', '".starts"@docomo.example'),
        ('"plain"@docomo.example', "plain@docomo.example"),
    ],
)
def test_dots_as_some_providers_have_given_them_away_are_quoted(text, spec):
    assert parse_address(text).addr_spec == spec


@pytest.mark.parametrize("length", [64, 65, 86, 200, 242])
def test_a_long_part_before_the_at_sign_is_left_to_the_server(length):
    assert parse_address("x" * length + "@example.com").username == "x" * length


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.org ",
        " ada@example.org",
        "\u00a0ada@example.org\u3000",
        "\ufeffada@example.org",
        "< ada@example.org >",
    ],
)
def test_blanks_around_an_address_are_left_out(text):
    assert parse_address(text).addr_spec == "ada@example.org"
    assert str(parse_address(f"  Ada   <{text.strip('<>')}>  ")) == "Ada <ada@example.org>"


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("straße.example", "xn--strae-oqa.example"),
        ("STRASSE.example", "STRASSE.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("STRAẞE.example", "xn--strae-oqa.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("βόλοσ.example", "xn--nxasmq6b.example"),
        ("\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example", "xn--mgba3gch31f060k.example"),
        ("\u0dc1\u0dca\u200d\u0dbb\u0dd3.example", "xn--10cl1a0b660p.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.Example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("日本語。example", "xn--wgv71a119e.example"),
        ("i❤.example", "xn--i-7iq.example"),
        ("mail.straße.example", "mail.xn--strae-oqa.example"),
    ],
)
def test_a_domain_outside_ascii_is_nobody_elses(domain, expected):
    assert ascii_domain(domain) == expected
    assert parse_address(f"info@{domain}").domain == expected


@pytest.mark.parametrize(
    "domain", ["exämple..com", "a_ä.example", "ä\uff20b.example", "ä\u2100.example", "ä" * 64, "ä." * 200]
)
def test_a_domain_that_cannot_be_is_refused(domain):
    with pytest.raises(ValueError, match="its domain is not valid"):
        parse_address(f"info@{domain}")


LINES = ["\r", "\n", "\r\n", " \r\n", "\r\n ", " \r\n ", "\t", "\0", "\x07", "\x7f", "\x85", "\x9f", "\u2028", "\u2029"]


@pytest.mark.parametrize(
    "text",
    [
        *(piece.format(line) for line in LINES for piece in ("{}a@b.c", "a@b.c{}", "a{}@b.c", "a@{}b.c", '"{}"@b.c', "N{} <a@b.c>")),
        *("", " ", "@", "a", "a@", "@b.c", '""@b.c', " @b.c", "a@ ", "<>", "N <>", "N <@b.c>", "N <a@>", "a..b.c"),
        *(".a@b.c", "a.@b.c", "..@b.c", ".@b.c", "a@.b.c", "a@b.c.", "a@b..c", "a@-b.c", "a@b-.c", "a@b.c-", "a@b_c.d"),
        *('"@b.c', '"""@b.c', '"a@b.c', 'a"@b.c', '"a"b@b.c', 'a"b"@b.c', '"a""b"@b.c', '"a".b@b.c', '"a\\"@b.c', '"a b"@b.c'),
        *("a(b)c@b.c", "(a@b.c", "a@b.c(d", "a@(b)c", "a\\b@b.c", "a@[1.2.3.4]", "a@[1.2.3.4", "a@b[1.2.3.4]", "a@[b]c]"),
        *("a@b.c,d@e.f", "a@b.c, d@e.f", "a@b.c;d@e.f", "a@b.c d@e.f", "a@b@c.d", "a@b.c <d@e.f", "<a@b.c><d@e.f>", "<a@b.c>, <d@e.f>"),
        *("a@b.c, N <d@e.f>", "N <a@b.c>, M <d@e.f>", "a@b.c; <d@e.f>", "g:a@b.c;", '"a@b.c, d"@e.f', "mailto:a@b.c"),
        *("=?utf-8?q?x=40evil.example?=@b.c", "=?utf-8?b?eA0KQmNjOiBhQGIuYw==?=@b.c", "N <a=?utf-8?q?=2C?=@b.c>", '"=?x"@b.c'),
        *("x" * 243 + "@example.com", "a@" + "x" * 254, "a@" + "x" * 64 + ".c", "\ud800@b.c"),
    ],
)  # fmt: skip
def test_what_is_plainly_no_address_is_refused(text):
    with pytest.raises(ValueError, match="is not an e-mail address"):
        parse_address(text)


@given(st.text(), st.text(alphabet='a.@"\\ ,;<>()[]:üß\n\u2028', max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_text_is_refused_or_one_address_that_reads_as_itself(some, text):
    for each in (some, text, f"{text} <{some}@b.c>", f"{text}@b.c", f"a@{text}"):
        try:
            found = parse_address(each)
        except ValueError:
            continue
        assert parse_address(found.addr_spec).addr_spec == found.addr_spec
        assert found.addr_spec.count("@") == 1
        assert found.addr_spec.isprintable() or not found.username.isascii()
        assert " " not in found.addr_spec


FCM = {"providerId": "fcm", "credentials": {"deviceTokens": []}}


@pytest.mark.parametrize(
    ("channel", "subscriber", "expected"),
    [
        (Channel.EMAIL, {"email": "ada@example.org "}, "ada@example.org"),
        (Channel.EMAIL, {"email": "\u00a0ada@example.org\u3000"}, "ada@example.org"),
        (Channel.EMAIL, {"email": "ada@example.org\n"}, "ada@example.org\n"),
        (Channel.EMAIL, {"email": "  "}, None),
        (Channel.EMAIL, {"email": None}, None),
        (Channel.EMAIL, {}, None),
        (Channel.SMS, {"phone": " +15550100 "}, "+15550100"),
        (Channel.SMS, {"phone": ""}, None),
        (Channel.PUSH, {"channels": {"push": " token "}}, "token"),
        (Channel.PUSH, {"channels": {"push": ["token"]}}, None),
        (Channel.CHAT, {"channels": []}, None),
        (
            Channel.PUSH,
            {"channels": [FCM, {"providerId": "expo", "credentials": {"deviceTokens": [" one ", "two"]}}]},
            "one",
        ),
        (
            Channel.CHAT,
            {"channels": [FCM, {"providerId": "slack", "credentials": {"webhookUrl": "https://x"}}]},
            "https://x",
        ),
        (Channel.CHAT, {"channels": [{"providerId": "slack", "credentials": {"channel": "#news"}}]}, "#news"),
        (Channel.CHAT, {"channels": [FCM, {"providerId": "slack"}, {"providerId": "slack", "credentials": 5}]}, None),
        (Channel.PUSH, {"channels": [{"providerId": "fcm", "credentials": {"deviceTokens": [5, "two"]}}]}, None),
        (Channel.PUSH, {"channels": [5, {"credentials": {"deviceTokens": ["one"]}}, {"providerId": 5}]}, None),
        (Channel.PUSH, {"channels": "token"}, None),
    ],
)
def test_the_address_of_a_subscriber(channel, subscriber, expected):
    assert address_of(subscriber, channel) == expected
