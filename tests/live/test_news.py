"""What is told when, from a store that is only a few dictionaries."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from novu_core.errors import StoreError
from novu_core.live.doors import Plain
from novu_core.live.news import LATE
from tests.live.newsroom import START


def test_counts_are_told_as_soon_as_a_socket_stands(room):
    room.source.send("ada", "1")
    room.source.send("ada", "2", severity="high")
    client = room.connect(Plain, "token-ada")
    room.look()
    assert room.told(client) == [("unread", 2), ("unseen", 2)]
    room.look()
    assert room.told(client) == []


def test_a_second_tab_is_greeted_alone(room):
    first = room.connect(Plain, "token-ada")
    room.look()
    room.told(first)
    second = room.connect(Plain, "token-ada")
    room.look()
    assert (room.told(first), room.told(second)) == ([], [("unread", 0), ("unseen", 0)])


def test_messages_come_before_the_counts_and_in_order(room):
    ada, ben = room.connect(Plain, "token-ada"), room.connect(Plain, "token-ben")
    room.look()
    room.told(ada), room.told(ben)
    room.source.send("ada", "2", at=START + timedelta(seconds=1))
    room.source.send("ada", "1", at=START)
    room.look()
    assert (room.told(ada), room.told(ben)) == (["1", "2", ("unread", 2), ("unseen", 2)], [])


def test_a_message_is_told_once(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.send("ada", "1")
    room.look()
    room.told(client)
    room.source.send("ada", "2")
    room.look()
    assert room.told(client) == ["2", ("unread", 2), ("unseen", 2)]


def test_one_that_is_committed_late_is_told_too(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.time += timedelta(seconds=50)
    room.source.send("ada", "2")
    room.look()
    room.told(client)
    room.source.send("ada", "1", at=START)
    room.look()
    assert room.told(client)[0] == "1"


def test_one_that_is_committed_very_late_is_counted_at_a_heartbeat(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.told(client)
    room.source.time += LATE * 2
    room.source.send("ada", "1", at=START)
    room.look()
    assert room.told(client) == []
    room.after(26)
    room.look()
    assert room.told(client) == [("unread", 1), ("unseen", 1)]


def test_a_heartbeat_reads_nothing_where_nothing_was_committed(room):
    room.connect(Plain, "token-ada")
    room.look()
    room.source.asked.clear()
    room.after(26)
    room.look()
    assert room.source.asked == ["changed"]


def test_a_heartbeat_tells_nothing_where_the_counts_are_the_same(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.told(client)
    room.source.send("ben", "1")
    room.look()
    room.source.asked.clear()
    room.after(26)
    room.look()
    assert room.source.asked == ["changed", "glances:ada"]
    assert room.told(client) == []


def test_a_heartbeat_of_who_left_meanwhile(room):
    room.connect(Plain, "token-ada").sock.close()
    room.turn()
    room.hub.desk.recount("ada")
    room.look()
    assert "glances:ada" not in room.source.asked


def test_marks_tell_the_counts(room):
    room.source.send("ada", "1")
    client = room.connect(Plain, "token-ada")
    room.look()
    room.told(client)
    room.source.mark("ada", "1", seen=True)
    room.look()
    assert room.told(client) == [("unread", 1), ("unseen", 0)]
    room.source.mark("ada", "1", read=True)
    room.look()
    assert room.told(client) == [("unread", 0)]


def test_a_snooze_that_ends_is_told_as_a_new_message(room):
    room.source.send("ada", "1")
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.mark("ada", "1", snoozed_until=START + timedelta(hours=1), seen=True)
    room.look()
    room.told(client)
    room.source.time += timedelta(hours=1)
    room.source.mark("ada", "1", snoozed_until=None, read=False, sorted_at=room.source.time)
    room.look()
    assert room.told(client) == ["1", ("unread", 1)]


def test_what_is_already_there_is_no_news_to_a_client_that_comes(room):
    room.source.send("ada", "1")
    room.connect(Plain, "token-ada")
    room.look()
    room.source.send("ada", "2")
    tab = room.connect(Plain, "token-ada")
    room.look()
    assert room.told(tab) == ["2", ("unread", 2), ("unseen", 2), ("unread", 2), ("unseen", 2)]


def test_nothing_is_read_while_nothing_is_committed(room):
    room.connect(Plain, "token-ada")
    room.look()
    room.source.asked.clear()
    for _ in range(5):
        room.look()
    assert room.source.asked == ["changed"] * 5


def test_only_the_changed_inboxes_are_read(room):
    for name in ("ada", "ben"):
        room.connect(Plain, f"token-{name}")
    room.look()
    room.source.asked.clear()
    room.source.send("ben", "1")
    room.source.send("nobody here", "2")
    room.look()
    assert room.source.asked == ["changed", "versions", "glances:ben"]


@pytest.mark.parametrize("failing", ["versions", "glances:ada"])
def test_what_could_not_be_read_is_told_later(room, failing):
    client = room.connect(Plain, "token-ada")
    room.source.fails.add(failing)
    with pytest.raises(StoreError):
        room.look()
    room.source.fails.clear()
    room.look()
    assert room.told(client) == [("unread", 0), ("unseen", 0)]
    room.source.send("ada", "1")
    room.source.fails.add(failing)
    with pytest.raises(StoreError):
        room.look()
    room.source.fails.clear()
    room.look()
    assert room.told(client) == ["1", ("unread", 1), ("unseen", 1)]


def test_a_clock_that_steps_back_repeats_no_messages(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.send("ada", "1")
    room.look()
    room.source.time += LATE * 10
    room.source.send("ada", "2")
    room.look()
    room.told(client)
    room.source.time = START
    room.source.mark("ada", "1", read=True)
    room.look()
    assert room.told(client) == [("unread", 1)]
    room.source.send("ada", "3")
    room.look()
    assert room.told(client) == ["3", ("unread", 2), ("unseen", 3)]


def test_a_clock_that_steps_back_a_little_loses_nothing(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.time += LATE * 0.9
    room.source.send("ada", "1")
    room.look()
    room.told(client)
    room.source.time += LATE * 1.1
    room.source.send("ada", "2")
    room.look()
    assert room.told(client)[0] == "2"
    room.source.time -= LATE * 0.9
    room.source.send("ada", "3")
    room.look()
    assert room.told(client) == ["3", ("unread", 3), ("unseen", 3)]


def test_many_inboxes_are_read_in_parts(room):
    clients = [room.connect(Plain, f"token-{number}") for number in range(70)]
    room.look()
    assert [room.told(client) for client in clients] == [[("unread", 0), ("unseen", 0)]] * 70
    assert len([each for each in room.source.asked if each.startswith("glances")]) == 2


def test_a_deleted_subscriber_is_sent_away(room):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.source.deleted.add("ada")
    room.source.changes["ada"] = 1
    room.source.dirty = True
    room.look()
    assert client.code == 4401


def test_a_deleted_subscriber_s_client_that_comes(room):
    room.source.deleted.add("ada")
    client = room.connect(Plain, "token-ada")
    room.look()
    assert client.code == 4401


def test_a_message_of_an_odd_form_keeps_no_other_from_being_told(room, caplog):
    client = room.connect(Plain, "token-ada")
    room.look()
    room.told(client)
    room.source.send("ada", "1")
    room.source.inboxes["ada"]["1"].content = None
    room.source.send("ada", "2")
    with caplog.at_level(logging.ERROR):
        room.look()
    assert room.told(client) == ["2", ("unread", 2), ("unseen", 2)]
    assert "Message 1 cannot be sent" in caplog.text


def test_an_inbox_that_cannot_be_read_keeps_no_other_from_being_told(room):
    ada, ben = room.connect(Plain, "token-ada"), room.connect(Plain, "token-ben")
    glances = room.source.glances
    room.source.glances = lambda ids, since: {
        each: found for each, found in glances(ids, since).items() if each != "ada"
    }
    room.look()
    room.source.send("ada", "1")
    room.source.send("ben", "2")
    room.look()
    assert room.told(ada) == []
    assert room.told(ben) == [("unread", 0), ("unseen", 0), "2", ("unread", 1), ("unseen", 1)]
    room.source.asked.clear()
    room.look()
    assert room.source.asked == ["changed"]
