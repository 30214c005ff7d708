"""The thread that looks for news."""

from __future__ import annotations

from novu_core.live.doors import Plain
from novu_core.live.news import PAUSE


def test_the_thread_looks_only_while_somebody_is_there(room):
    desk = room.hub.desk
    waits = []
    desk._changing.wait = waits.append
    assert desk._waited()
    room.connect(Plain, "token-ada")
    assert desk._waited()
    desk.look()
    assert desk._waited()
    desk.end()
    assert not desk._waited()
    assert waits == [None, PAUSE]
    desk.join()  # nothing was started


def test_the_thread_goes_on_after_an_outage_and_ends_with_the_client(room, caplog):
    desk, pauses = room.hub.desk, []
    room.connect(Plain, "token-ada")  # who waits to be greeted, so that nothing else is waited for

    def outage(over, seconds):
        assert not over()
        pauses.append(seconds)
        if len(pauses) == 2:
            room.source.fails.clear()
            room.source.changed = gone

    def gone():
        room.source.asked.append("gone")
        raise ReferenceError("the client is gone")

    room.source.fails.add("changed")
    desk._changing.wait_for = outage
    end, room.hub.thread.end = room.hub.thread.end, lambda: None
    desk.run()
    room.hub.thread.end = end
    assert pauses == [1.0, 1.0]
    assert caplog.text.count("changed failed") == 1
    assert room.source.asked[-1] == "gone"
    assert room.source.closed == 1


def test_the_thread_starts_and_ends(room):
    room.connect(Plain, "token-ada")
    room.hub.desk.start()
    while not room.source.asked:
        room.turn()
    room.hub.desk.end()
    room.hub.desk.join()
    assert not room.hub.desk._thread.is_alive()
    assert room.source.closed == 1
