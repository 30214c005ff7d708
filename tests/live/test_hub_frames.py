"""Frames of a socket, whole and broken, and how it closes."""

from __future__ import annotations

import pytest
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage

from novu_core.live.doors import Plain
from tests.live.clients import NEWS


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
