"""Queries as Novu's clients write them."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from novu_core.http.messages import Request
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.query import Query


def query(**values):
    return Query(Request("GET", query=list(values.items())))


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("5.0", 5), ("1", 1), ("100", 100), ("1e2", 100), ("", 10)])
def test_a_number_may_have_a_fraction_of_nought(text, number):
    assert query(limit=text).limit() == number


@pytest.mark.parametrize(
    "text", ["0", "-1", "101", "5.5", "x", "nan", "inf", "-inf", "1e400", "9" * 400, "²", "0x10", " ", "5,0"]
)
def test_a_number_that_cannot_be_meant_is_refused_by_name(text):
    with pytest.raises(Refusal) as raised:
        query(limit=text).limit()
    assert raised.value.status == 422
    assert raised.value.more["errors"]["limit"]["messages"] == ["limit must be a whole number from 1 to 100"]


def test_pages_and_offsets_begin_at_nought_and_end_where_a_database_ends():
    assert (query(page="0.0").page(), query(page="1000000000").page(), query(offset="10.0").offset()) == (0, 10**9, 10)
    for text in ("-1", "1000000001", "9223372036854775808", "0.5"):
        for ask in (Query.page, Query.offset):
            with pytest.raises(Refusal):
                ask(query(page=text, offset=text))


def test_lists_repeat_their_name_and_one_is_a_list_of_one():
    found = Query(Request("GET", query=[("id", "a"), ("id", ""), ("id", "b"), ("other[]", "c"), ("other[]", "d")]))
    assert (found.texts("id"), found.texts("other"), found.texts("none")) == (["a", "b"], ["c", "d"], [])
    assert (found.text("id"), found.text("none")) == ("a", None)


def test_text_that_no_store_can_hold_is_refused():
    for text in ("a\x00b", "\ud800"):
        with pytest.raises(Refusal):
            query(email=text).text("email")


@pytest.mark.parametrize(("text", "flag"), [("true", True), ("false", False), ("True", True), ("1", True), ("", None)])
def test_booleans(text, flag):
    assert query(read=text).flag("read") is flag


def test_what_is_no_boolean_no_word_and_no_time_is_refused():
    for ask in (lambda q: q.flag("x"), lambda q: q.choice("x", ("a", "b"), "a"), lambda q: q.moment("x")):
        with pytest.raises(Refusal):
            ask(query(x="yes"))


def test_a_choice_has_a_default():
    assert (query().choice("x", ("a", "b"), "a"), query(x="b").choice("x", ("a", "b"), "a")) == ("a", "b")


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T12:00:00.000Z", "2026-01-05T12:00:00Z", "2026-01-05T12:00:00", "2026-01-05T13:00:00+01:00",
        "1767614400000", "1767614400000.0", "2026-01-05T12:00:00.0z", "2026-01-05T12:00:00,0000000Z",
    ],
)  # fmt: skip
def test_times(text):
    assert query(after=text).moment("after") == datetime(2026, 1, 5, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9" * 30, "2026-13-01", "now", "²"])
def test_times_that_are_none(text):
    with pytest.raises(Refusal):
        query(after=text).moment("after")
