"""Who is told, who may stay, and who is dropped; no thread, and time stands still unless told to pass."""

from __future__ import annotations

import logging

import pytest
from wsproto.events import CloseConnection, Pong

from novu_core.live.doors import Plain, SocketIO
from novu_core.live.wire import MOST_UNSENT
from tests.live.clients import NEWS, TOLD, House


def test_only_the_subscribers_clients_are_told(house):
    ada, tab, ben = (house.connect(Plain, token) for token in ("token-ada", "token-ada", "token-ben"))
    house.hub.tell("ada", NEWS)
    house.hub.tell("nobody", NEWS)
    assert (ada.take(), tab.take(), ben.take()) == ([TOLD], [TOLD], [])


def test_a_subscriber_is_forgotten_with_the_last_client(house):
    clients = [house.connect(Plain, "token-ada") for _ in range(2)]
    for client in clients:
        assert house.desk.went == []
        client.sock.close()
        house.turn()
    assert house.desk.went == ["ada"]
    assert house.hub._members == {}
    assert house.hub._clients == 0


def test_a_client_that_came_to_be_told_and_left_meanwhile(house):
    client = house.connect(Plain, "token-ada")
    [member] = house.hub._members["ada"]
    client.sock.close()
    house.turn()
    house.hub.greet(member, NEWS)


def test_plain_clients_are_pinged_and_their_silence_ends_them(house):
    client, other = house.connect(Plain, "token-ada"), house.connect(Plain, "token-ben")
    house.after(26)
    assert (client.pings, other.pings) == (1, 1)
    assert sorted(house.desk.recounts) == ["ada", "ben"]
    client.send(Pong())
    house.after(20)
    assert (client.ended, other.ended) == (False, True)
    house.after(5)
    assert client.pings == 2
    house.after(26)
    assert client.ended


def test_socketio_clients_are_asked_each_25_seconds(house):
    client = house.connect(SocketIO, "token-ada")
    client.say("40")
    house.turn()
    client.take()
    for _ in range(4):
        house.after(26)
        assert client.take() == ["2"]
        client.say("3")
        house.turn()
    assert client.code is None


def test_a_client_that_says_nothing_of_itself_is_sent_away(house):
    client = house.connect(SocketIO, "")
    house.after(9)
    assert client.code is None
    house.after(3)
    assert client.code == 1008


@pytest.mark.parametrize(("door", "told"), [(Plain, []), (SocketIO, ["41"])])
def test_a_token_that_runs_out_closes_the_socket(house, door, told):
    client = house.connect(door, "token-ada")
    if door is SocketIO:
        client.say("40")
        house.turn()
    client.take()
    house.tokens.over.add("token-ada")
    house.after(26)
    assert (client.take(), client.code) == (told, 4401)
    house.after(6)
    assert client.ended
    assert house.desk.went == ["ada"]


def test_a_deleted_subscriber_is_sent_away(house):
    ada, ben = house.connect(Plain, "token-ada"), house.connect(Plain, "token-ben")
    house.hub.expel("ada")
    house.hub.expel("nobody")
    house.turn()
    assert (ada.code, ben.code) == (4401, None)


def test_no_more_clients_than_allowed():
    house = House(most=2)
    first = house.connect(Plain, "token-ada")
    house.connect(Plain, "token-ben")
    assert not house.hub.enter()
    first.sock.close()
    house.turn()
    assert house.hub.enter()
    house.hub.leave()
    house.close()


def test_a_slow_reader_is_dropped_and_no_other(house):
    slow, quick = house.connect(Plain, "token-ada"), house.connect(Plain, "token-ada")
    house.clients.remove(slow)
    large = [("notification_received", {"message": "x" * 50_000})]
    for _ in range(100):
        house.hub.tell("ada", large)
        house.turn(1)
        if len(house.hub._members["ada"]) == 1:
            break
    assert len(house.hub._members["ada"]) == 1
    assert len(quick.take()[-1]) > 50_000
    assert house.wires[0].done
    slow.sock.close()


def test_one_message_may_be_larger_than_what_waits(house):
    client = house.connect(Plain, "token-ada")
    house.hub.tell("ada", [("notification_received", {"message": "x" * 3 * MOST_UNSENT})])
    house.turn(50)
    assert len(client.take()[0]) > 3 * MOST_UNSENT


def test_a_client_that_vanishes_while_it_is_written_to(house):
    client = house.connect(Plain, "token-ada")
    client.sock.close()
    house.hub.tell("ada", NEWS)
    house.hub.tell("ada", NEWS)
    house.turn()
    assert house.desk.went == ["ada"]


def test_an_error_is_logged_and_the_others_go_on(house, caplog):
    client = house.connect(Plain, "token-ada")
    house.hub.thread.post(lambda: 1 / 0)
    house.hub.thread.post(lambda: house.hub.tell("ada", NEWS))
    with caplog.at_level(logging.ERROR):
        house.turn()
    assert client.take() == [TOLD]
    assert "ZeroDivisionError" in caplog.text


def test_an_error_of_one_client_is_logged_and_the_others_go_on(house, caplog, monkeypatch):
    ada, ben = house.connect(Plain, "token-ada"), house.connect(Plain, "token-ben")

    def broken(self, text):
        raise RuntimeError(text)

    monkeypatch.setattr(Plain, "heard", broken)
    ada.say("ping")
    house.turn()
    assert "RuntimeError: ping" in caplog.text
    house.hub.tell("ben", NEWS)
    assert ben.take() == [TOLD]


def test_closing_sends_everybody_elsewhere_and_takes_nobody(house):
    client = house.connect(Plain, "token-ada")
    house.hub.thread.post(house.hub.thread._begin_to_close)
    house.turn(1)
    assert client.code == 1001
    assert not house.hub.thread.ended
    assert not house.hub.enter()
    client.send(CloseConnection(1001))
    house.turn()
    assert house.hub.thread.ended


def test_a_client_that_comes_while_the_hub_closes(house):
    house.connect(Plain, "token-ada")
    assert house.hub.enter()
    house.hub.leave()
    enter, house.hub.enter = house.hub.enter, lambda: True
    house.hub.thread.closed = True
    client = house.connect(Plain, "token-ben")
    house.hub.enter = enter
    assert client.code == 1001


def test_a_socket_that_is_not_ready_after_all(house):
    client = house.connect(Plain, "token-ada")
    assert list(house.wires[0].receive()) == []
    client.say("ping")
    house.turn()
    assert client.take() == ["pong"]


def test_a_socket_that_breaks(house):
    house.connect(Plain, "token-ada")

    class Broken:
        def recv(self, size):
            raise ConnectionResetError

    house.wires[0]._sock = Broken()
    assert list(house.wires[0].receive()) == []
    assert house.wires[0].done


def test_what_a_client_says_after_its_close_is_not_read(house):
    client = house.connect(Plain, "token-ada")
    wire = house.wires[0]
    wire._last = True
    client.say("ping")
    assert list(wire.receive()) == []


def test_goodbye_to_a_client_that_others_carry(house):
    class Carried:
        sock, interest, watched, closing, done = None, 0, False, False, False
        code = None

        def send(self, *texts):
            """Nothing."""

        def close(self, code, reason=""):
            self.closing, self.code = True, code

        def drop(self):
            self.done = True

    line = Carried()
    assert house.hub.enter()
    house.hub.adopt(Plain, line, "token-ada")
    house.turn()
    house.close()
    assert line.code == 1001
    assert house.hub._clients == 0
    house.hub.thread = House().hub.thread


def test_a_word_of_a_client_that_left():
    house = House()
    house.connect(Plain, "token-ada")
    [member] = house.hub._members["ada"]
    house.hub.lost(member)
    house.hub.heard(member, "ping")
    house.hub.send_away(member, 1003, "")
    assert house.hub._members == {}
    house.close()
