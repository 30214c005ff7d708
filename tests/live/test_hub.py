"""Who is told, who may stay, and who is dropped; no thread, and time stands still unless told to pass."""

from __future__ import annotations

import logging
import threading

import pytest
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

from novu_core.live.doors import Plain, SocketIO
from novu_core.live.wire import MOST_UNSENT
from tests.live.clients import House

NEWS = [("unread_count_changed", {"unreadCount": 1})]
TOLD = '{"event":"unread_count_changed","data":{"unreadCount":1}}'


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


def test_frames_in_pieces(house):
    client = house.connect(Plain, "token-ada")
    data = b"".join(
        client.frames.send(event)
        for event in (TextMessage("pi", message_finished=False), Ping(b"x"), TextMessage("ng"))
    )
    for at in range(len(data)):
        client.sock.sendall(data[at : at + 1])
        house.turn(1)
    assert client.take() == ["pong"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xc1\x80\0\0\0\0", 1002),  # compressed, which nobody agreed to
        (b"\x83\x80\0\0\0\0", 1002),  # an opcode that is none
        (b"\x81\x01a", 1002),  # not masked
        (b"\x89\xfe\x00\x7e\0\0\0\0", 1002),  # a ping of 126 bytes
        (b"\x81\x81\0\0\0\0\xff", 1007),  # no UTF-8
    ],
)
def test_bad_frames_end_the_socket(house, data, code):
    client = house.connect(Plain, "token-ada")
    client.sock.sendall(data)
    house.turn()
    client.sock.setblocking(False)
    assert client.code == code
    assert client.ended
    assert house.desk.went == ["ada"]


def test_bytes_are_not_taken(house):
    client = house.connect(Plain, "token-ada")
    client.send(BytesMessage(b"x"))
    house.turn()
    assert client.code == 1003


def test_a_message_that_is_too_large(house):
    client = house.connect(Plain, "token-ada")
    parts = [TextMessage("x" * 40_000, message_finished=False)] * 3 + [TextMessage("x" * 40_000), Ping()]
    for data in [client.frames.send(part) for part in parts]:
        client.sock.sendall(data)
        house.turn(1)
    house.turn()
    assert client.code == 1009
    assert client.take() == []


def test_the_closing_handshake_from_either_side(house):
    ada, ben = house.connect(Plain, "token-ada"), house.connect(Plain, "token-ben")
    ada.send(CloseConnection(4000, "bye"))
    house.hub.expel("ben")
    house.turn()
    assert (ada.code, ada.ended) == (4000, True)
    assert (ben.code, ben.ended) == (4401, False)
    ben.send(CloseConnection(4401))
    house.turn()
    assert ben.ended
    assert house.hub._clients == 0


def test_a_close_without_a_code(house):
    client = house.connect(Plain, "token-ada")
    client.sock.sendall(b"\x88\x80\0\0\0\0")
    house.turn()
    assert (client.code, client.ended) == (1000, True)


def test_whoever_never_answers_the_close_is_dropped(house):
    client = house.connect(Plain, "token-ada")
    house.hub.expel("ada")
    house.after(5)
    assert not client.ended
    house.after(3)
    assert client.ended


def test_nothing_is_said_or_heard_after_the_close(house):
    client = house.connect(Plain, "token-ada")
    house.hub.expel("ada")
    house.hub.tell("ada", NEWS)
    client.say("ping")
    house.wires[0].ping()
    house.wires[0].close(1000)
    house.turn()
    assert client.take() == []


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


def test_the_thread_starts_and_ends():
    house = House()
    house.hub.thread.start()
    done = threading.Event()
    house.hub.thread.post(done.set)
    assert done.wait(10)
    house.hub.thread.end()
    house.hub.thread.join()
    assert not house.hub.thread._thread.is_alive()
    house.hub.thread.post(done.clear)


def test_a_hub_that_never_started():
    house = House()
    house.desk.end = house.desk.join = lambda: None
    house.hub.close()
    house.close()


def test_in_a_fork_s_child_the_parent_s_hub_is_left_alone(house):
    client = house.connect(Plain, "token-ada")
    house.hub._pid += 1
    house.hub.end()
    house.turn()
    assert client.code is None


def test_a_waiting_that_fails_is_logged_and_repeated(house, caplog, monkeypatch):
    client = house.connect(Plain, "token-ada")
    select, failures = house.hub.thread._selector.select, [OSError("no memory")]

    def failing(timeout):
        if failures:
            raise failures.pop()
        house.hub.thread.post(house.hub.thread._begin_to_close)
        house.seconds.now += 2
        return select(0)

    monkeypatch.setattr(house.hub.thread._selector, "select", failing)
    house.hub.thread.run()
    assert "no memory" in caplog.text
    client.read()
    assert client.code == 1001
    house.hub.thread = House().hub.thread  # the fixture closes that one


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
