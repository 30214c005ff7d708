"""Forms as mail services and browsers send them, and whatever else somebody may post."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novu_core.errors import RequestInvalidError, RequestTooLargeError
from novu_core.http.messages import Request
from novu_core.http.unsubscribe import forms
from novu_core.http.unsubscribe.forms import read_form
from tests.links import multipart, urlencoded

LIMIT = 1_000_000
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


def read(media, body, limit=LIMIT):
    return read_form(Request("POST", headers={"content-type": media} if media else {}, body=body), limit)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_a_form_reads_as_it_was_filled_in(fields):
    assert read(*urlencoded(fields)) == fields


@given(st.lists(st.tuples(st.sampled_from(["on", "was-on"]), TEXTS), min_size=1, max_size=5))
def test_so_does_one_in_parts(fields):
    fields = [(name, value.replace("--x", "")) for name, value in fields]
    assert read(*multipart(fields)) == fields


def test_without_a_type_it_is_taken_for_an_encoded_one():
    assert read("", b"List-Unsubscribe=One-Click") == [("List-Unsubscribe", "One-Click")]


def test_of_parts_only_fields_count():
    head = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\nv\r\n'
    body = head % (b"file", b'; filename="a"') + b"--x\r\n\r\nunnamed\r\n" + head % (b"on", b"") + b"--x--"
    assert read("multipart/form-data; boundary=x", body) == [("on", "v")]


@pytest.mark.parametrize(
    "body",
    [
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--',
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\0\r\n--x--',
        b"",
        b"x",
    ],
)
def test_parts_that_are_no_texts_are_refused(body):
    with pytest.raises(RequestInvalidError):
        read("multipart/form-data; boundary=x", body)


def test_parts_within_parts_are_no_fields():
    inner = b'Content-Type: multipart/mixed; boundary=y\r\nContent-Disposition: form-data; name="on"\r\n\r\n'
    body = b"--x\r\n" + inner + b"--y\r\n\r\nv\r\n--y--\r\n--x--"
    assert read("multipart/form-data; boundary=x", body) == []


@pytest.mark.parametrize("encode", [urlencoded, multipart])
def test_there_is_a_most_of_fields(encode, monkeypatch):
    monkeypatch.setattr(forms, "MOST_FIELDS", 3)
    assert len(read(*encode([("a", "b")] * 3))) == 3
    with pytest.raises(RequestInvalidError):
        read(*encode([("a", "b")] * 4))


def test_there_is_a_most_of_bytes():
    with pytest.raises(RequestTooLargeError):
        read("", b"a" * 11, limit=10)


MEDIA = st.sampled_from(
    [
        "",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "multipart/form-data; boundary=\u00fc",
    ]
)
BODIES = st.binary(max_size=300) | st.lists(
    st.sampled_from([b"--x", b"--x--", b"\r\n", b"\n", b":", b"Content-Type: multipart/mixed; boundary=x", b"Content-Transfer-Encoding: base64",
                     b'Content-Disposition: form-data; name*=utf-8\'\'%ff', b"name", b"=?utf-8?q?=ff?=", b"\xff"]), max_size=30,
).map(b"".join)  # fmt: skip


@given(MEDIA, BODIES)
def test_whatever_is_posted_is_read_or_refused(media, body):
    try:
        fields = read(media, body)
    except RequestInvalidError:
        return
    assert all(isinstance(text, str) for field in fields for text in field)
