"""How the socket of a request is taken from a WSGI server, which notices nothing."""

from __future__ import annotations

import socket
import ssl

import pytest

from novu_core import Client as Novu
from novu_core.live.doors import Plain
from novu_core.live.handover import Handed, take
from novu_core.live.handshake import UNAVAILABLE, Refusal
from tests.live.clients import Client


@pytest.fixture
def novu():
    with Novu({"NOVU_SECRET_KEY": "s", "NOVU_WORKER": "none"}, []) as client:
        yield client


def environ(sock, token, **more):
    return {
        "SERVER_PROTOCOL": "HTTP/1.1",
        "QUERY_STRING": f"token={token}",
        "HTTP_HOST": "localhost",
        "HTTP_CONNECTION": "keep-alive, Upgrade",
        "HTTP_UPGRADE": "websocket",
        "HTTP_SEC_WEBSOCKET_VERSION": "13",
        "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
        "HTTP_SEC_WEBSOCKET_EXTENSIONS": "permessage-deflate",
        "wsgi.input": None,
        "gunicorn.socket": sock,
        **more,
    }


@pytest.fixture
def pair():
    server, client = socket.socketpair()
    yield server, client
    server.close()
    client.close()


@pytest.mark.parametrize("name", ["gunicorn.socket", "werkzeug.socket"])
def test_the_server_answers_into_nowhere(novu, pair, name):
    server, sock = pair
    given = environ(server, novu.inbox("ada").token())
    given[name] = given.pop("gunicorn.socket")
    reader = server.makefile("rb")
    given |= {"RAW_URI": "/x?token=secret", "REQUEST_URI": "/x?token=secret"}
    found = take(novu, Plain, given)
    assert isinstance(found, Handed)
    assert (given["QUERY_STRING"], given["RAW_URI"], given["REQUEST_URI"]) == ("", "/x", "/x")
    server.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    found.close()
    assert server.recv(10) == b""
    reader.close()
    server.shutdown(socket.SHUT_WR)
    server.close()
    client = Client(sock)
    sock.setblocking(True)
    head = sock.recv(1 << 16)
    assert head.startswith(b"HTTP/1.1 101")
    assert b"permessage-deflate" not in head
    client._head = None
    client.frames.receive_data(head.partition(b"\r\n\r\n")[2])
    sock.settimeout(10)
    sock.sendall(client.frames.send(_text("ping")))
    received = b""
    while b"pong" not in received:
        received += sock.recv(1 << 16)


def _text(text):
    from wsproto.events import TextMessage

    return TextMessage(text)


def test_servers_that_hand_over_nothing(novu, pair):
    server, _ = pair
    token = novu.inbox("ada").token()
    given = environ(server, token)
    del given["gunicorn.socket"]
    assert take(novu, Plain, given) is UNAVAILABLE
    assert take(novu, Plain, environ(object(), token)) is UNAVAILABLE
    tls = ssl.create_default_context().wrap_socket(socket.socket(), do_handshake_on_connect=False, server_hostname="x")
    assert take(novu, Plain, environ(tls, token)) is UNAVAILABLE
    tls.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"SERVER_PROTOCOL": "HTTP/1.0"},
        {"HTTP_UPGRADE": "h2c"},
        {"HTTP_CONNECTION": "close"},
        {"HTTP_SEC_WEBSOCKET_VERSION": "8"},
        {"HTTP_SEC_WEBSOCKET_KEY": "line\nbreak"},
    ],
)
def test_bad_handshakes_leave_the_server_its_socket(novu, pair, wrong):
    server, client = pair
    found = take(novu, Plain, environ(server, novu.inbox("ada").token(), **wrong))
    assert isinstance(found, Refusal)
    assert found.status == 400
    server.sendall(b"answer")
    assert client.recv(10) == b"answer"


def test_a_refused_handshake_leaves_the_server_its_socket(novu, pair):
    server, client = pair
    assert take(novu, Plain, environ(server, "forged")).status == 401
    server.sendall(b"answer")
    assert client.recv(10) == b"answer"


def test_where_novu_keeps_the_inbox(pair):
    with Novu({"NOVU_SECRET_KEY": "s", "NOVU_DISPATCH": "cloud"}, []) as cloud:
        assert take(cloud, Plain, environ(pair[0], "x")).status == 409
