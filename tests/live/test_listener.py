"""The listener of ``novu live`` on a hub that only turns when it is told to."""

from __future__ import annotations

import socket

import pytest

from novu_core import Client as Novu
from novu_core.live import server
from novu_core.live.server import listen
from tests.live.clients import ASKED, Client, House

HEAD = b"".join(name + b": " + value + b"\r\n" for name, value in ASKED)


@pytest.fixture
def novu():
    with Novu({"NOVU_SECRET_KEY": "s", "NOVU_WORKER": "none"}, []) as client:
        yield client


@pytest.fixture
def open_house(house, novu):
    house.listener = listen(novu, house.hub, "127.0.0.1", 0)
    house.turn()
    return house


def call(house: House, *parts: bytes) -> socket.socket:
    sock = socket.create_connection(house.listener.address)
    sock.settimeout(10)
    for part in parts:
        house.turn()
        sock.sendall(part)
    for _ in range(50):
        house.turn(1)
    return sock


def asked(target: bytes, head: bytes = HEAD, method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + head + b"\r\n"


def test_a_handshake_in_pieces_and_what_follows(open_house):
    whole = asked(b"/api/novu/v1/inbox/socket?token=token-ada")
    sock = call(open_house, whole[:10], whole[10:70], whole[70:])
    client = Client(sock)
    open_house.clients.append(client)
    client.say("ping")
    open_house.turn(10)
    assert client.take() == ["pong"]
    assert open_house.desk.came == ["ada"]
    assert open_house.listener.callers == 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (asked(b"/api/novu/v1/inbox/socket?token=forged"), 401),
        (asked(b"/api/novu/v1/inbox/socket"), 401),
        (asked(b"/v1/inbox/socket?token=token-ada"), 404),
        (asked(b"/api/novu/other"), 404),
        (asked(b"/api/novu/v1/inbox/socket", b"host: x\r\n"), 400),
        (asked(b"/api/novu/v1/inbox/socket?token=token-ada", HEAD.replace(b"13", b"12")), 400),
        (asked(b"/api/novu/v1/inbox/socket?token=token-ada", method=b"PUT"), 400),
        (asked(b"/api/novu/socket.io/?EIO=4&transport=polling"), 400),
        (asked(b"/api/novu/v1/inbox/socket?token=token-ada", HEAD + b"origin: https://evil.example\r\n"), 403),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\na: " + b"x" * 20_000, 431),
    ],
)
def test_refusals(open_house, sent, status):
    sock = call(open_house, sent)
    answer = sock.recv(1 << 16)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer
    sock.sendall(b"more")  # it is read, lest the answer be lost
    open_house.turn()
    sock.close()
    open_house.turn(10)
    assert open_house.listener.callers == 0
    assert open_house.hub._clients == 0


def test_whoever_says_nothing_is_dropped(open_house):
    sock = call(open_house)
    assert open_house.listener.callers == 1
    open_house.after(12)
    assert open_house.listener.callers == 0
    assert sock.recv(1) == b""
    sock.close()


def test_whoever_is_gone_at_once(open_house):
    call(open_house).close()
    open_house.turn(10)
    assert open_house.listener.callers == 0


def test_only_so_many_wait_for_their_handshakes(open_house, monkeypatch):
    monkeypatch.setattr(server, "_MOST_CALLERS", 2)
    socks = [call(open_house) for _ in range(4)]
    assert open_house.listener.callers == 2
    socks.pop(0).close()
    open_house.after(2)
    assert open_house.listener.callers == 2
    for sock in socks:
        sock.close()


def test_a_refusal_that_nobody_takes(open_house, monkeypatch):
    sock = call(open_house)
    [caller] = [guest for guest in open_house.hub.thread._guests if isinstance(guest, server.Caller)]

    class Gone:
        def sendall(self, data):
            raise BrokenPipeError

    caller._sock, kept = Gone(), caller._sock
    caller._refuse(server.refusal(404, "x"))
    caller._sock = kept
    assert caller.done
    open_house.hub.thread.settle(caller)
    sock.close()


def test_a_connection_that_breaks(open_house):
    import struct

    sock = call(open_house)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    open_house.turn(10)
    assert open_house.listener.callers == 0


def test_the_end(open_house):
    sock = call(open_house)
    open_house.hub.thread.post(open_house.hub.thread._begin_to_close)
    open_house.turn()
    assert sock.recv(1) == b""
    sock.close()
    with pytest.raises(OSError):
        socket.create_connection(open_house.listener.address)


def test_an_address_of_the_sixth_version(house, novu):
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    house.listener = listen(novu, house.hub, "::1", 0)
    house.turn()
    sock = socket.create_connection(house.listener.address[:2])
    sock.close()
