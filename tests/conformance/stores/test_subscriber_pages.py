"""Subscribers are searched and paged, on every store."""

from __future__ import annotations

import pytest

from novu_core.errors import (
    SubscriberNotFoundError,
    ValidationError,
)

ODD = ["ä'\"%_;--", "%", "_", "a_b", "a%b", "x" * 300, "日" * 300, "😀", "a b/c", "ADA", "\\", "null", "0"]


def ids(page) -> list[str]:
    return [found.subscriber_id for found in page]


def test_filters_are_exact_and_all_must_hold(people):
    people.upsert("u1", first_name="Ada", last_name="King", email="a@b.c", phone="+1")
    people.upsert("u2", first_name="Ada", last_name="King", email="a@b.c")
    people.upsert("u3", first_name="Ada", email="A@b.c")
    people.upsert("u4", last_name="King", phone="+1")
    assert ids(people.list(name="Ada King")) == ["u2", "u1"]
    assert ids(people.list(name="Ada")) == ["u3"]
    assert ids(people.list(name="King")) == ["u4"]
    assert ids(people.list(email="a@b.c", phone="+1")) == ["u1"]
    assert ids(people.list(phone="+1", order="asc")) == ["u1", "u4"]
    assert ids(people.list(subscriber_id="u2", name="Ada King", email="a@b.c")) == ["u2"]
    assert ids(people.list(subscriber_id="u2", name="Ada")) == []
    assert people.list(email="a@b.c").total == 2
    people.patch("u1", {"email": None, "lastName": None})
    assert ids(people.list(email="a@b.c")) == ["u2"]
    assert ids(people.list(name="Ada")) == ["u3", "u1"]


@pytest.mark.parametrize("name", ODD)
def test_any_id_is_found_and_no_other(people, name):
    for each in ODD:
        people.upsert(each, email=f"{each}@x", first_name=each)
    assert ids(people.list(subscriber_id=name)) == ids(people.list(email=f"{name}@x")) == [name]
    assert ids(people.list(name=name)) == [people.get(name).subscriber_id] == [name]
    people.delete(name)
    with pytest.raises(SubscriberNotFoundError):
        people.get(name)
    assert people.list().total == len(ODD) - 1


def test_a_text_longer_than_an_index_holds_is_stored_and_found(people):
    for tail in ("1", "2"):
        people.upsert(tail, first_name="é" * 20_000 + tail)
    assert ids(people.list(name="é" * 20_000 + "2")) == ["2"]
    assert ids(people.list(name="é" * 20_000)) == []


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_go_both_ways_and_meet_everybody_once(people, order):
    everybody = [f"u{number}" for number in range(7)]
    for name in everybody:
        people.upsert(name)
    wanted = everybody if order == "asc" else everybody[::-1]
    pages = [people.list(limit=3, order=order)]
    while pages[-1].next_cursor:
        pages.append(people.list(limit=3, order=order, cursor=pages[-1].next_cursor))
    assert [ids(page) for page in pages] == [wanted[:3], wanted[3:6], wanted[6:]]
    assert [page.total for page in pages] == [7, 7, 7]
    assert pages[0].previous_cursor is None
    back = people.list(limit=3, order=order, before=pages[2].previous_cursor)
    assert back == pages[1]
    assert people.list(limit=3, order=order, before=back.previous_cursor) == pages[0]
    inside = people.get(wanted[3]).id
    assert ids(people.list(limit=2, order=order, cursor=inside, include_cursor=True)) == wanted[3:5]
    assert ids(people.list(limit=2, order=order, before=inside, include_cursor=True)) == wanted[2:4]
    beyond = people.list(order=order, cursor=people.get(wanted[6]).id)
    assert (beyond.items, beyond.next_cursor, beyond.previous_cursor) == ([], None, None)


def test_a_cursor_stays_a_place_when_its_subscriber_is_gone(people):
    for number in range(4):
        people.upsert(f"u{number}")
    cursor = people.list(limit=2).next_cursor
    people.delete("u2")
    people.upsert("u4")
    assert ids(people.list(limit=2, cursor=cursor)) == ["u1", "u0"]


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"cursor": "abc"}, "/cursor"), ({"before": "5"}, "/before"), ({"cursor": 5}, "/cursor"),
        ({"cursor": "' OR 1=1 --"}, "/cursor"), ({"limit": 0}, "/limit"), ({"limit": 101}, "/limit"),
        ({"limit": True}, "/limit"), ({"order": "DESC"}, "/order"), ({"order": None}, "/order"),
        ({"cursor": "019b8d62-7a80-7000-84a5-000000000001", "before": "019b8d62-7a80-7000-84a5-000000000001"}, "/before"),
        ({"email": None}, "/email"), ({"name": " "}, "/name"), ({"phone": 5}, "/phone"), ({"subscriber_id": "\x00"}, "/subscriber_id"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_told(people, asked, path):
    with pytest.raises(ValidationError) as told:
        people.list(**asked)
    assert [fault.path for fault in told.value.errors] == [path]


def test_pages_by_number(people):
    for number in range(5):
        people.upsert(f"u{number}")
    first = people.page(limit=2)
    assert (ids(first), first.number, first.size, first.has_more, first.total) == (["u4", "u3"], 0, 2, True, 5)
    last = people.page(2, limit=2)
    assert (ids(last), last.has_more, len(last)) == (["u0"], False, 1)
    assert people.page(2**31 - 1, limit=1000).items == []
    for number, limit in ((-1, 1), (2**31, 1), (1.0, 1), (None, 1), (True, 1), (0, 1001), (0, 0)):
        with pytest.raises(ValidationError):
            people.page(number, limit=limit)


def test_a_total_is_counted_up_to_a_thousand(people):
    for start in (0, 500):
        people.upsert_many([f"u{start + number}" for number in range(500)])
    assert (people.list().total, people.list().total_capped) == (1000, False)
    people.upsert("one more")
    assert (people.page().total, people.page().total_capped) == (1000, True)
