"""Servers whose answer has no end: the attempt has one, and what was accepted stays accepted."""

from __future__ import annotations

import contextlib
import gc
import itertools
import socketserver
import threading
import time
from contextlib import contextmanager

import pytest

from novu_core.delivery import Webhook
from novu_core.delivery.answers import MAX_ANSWER
from tests.unit.delivery.mail_servers import failure, provider_for

TIMEOUT = 0.3
BOUND = 15.0
"""Far below what the server would take, far above what a busy machine adds."""


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def drip(pieces, pause=0.05):
    return ((piece, pause) for piece in pieces)


def flood(piece):
    return ((piece * 100, 0) for _ in itertools.count())


def bytes_of(text):
    return [bytes([byte]) for byte in text]


@contextmanager
def saying(script, after=()):
    """A server that hears the lines of ``after`` first, answering each, and then says the pieces of ``script``."""
    over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                for answer in after:
                    self.wfile.write(answer)
                    self.rfile.readline()
                for piece, pause in script():
                    self.wfile.write(piece)
                    if over.wait(pause):
                        return
                over.wait(30)

    class Quiet(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            """A client that hangs up is part of these tests."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            over.set()
            server.shutdown()
            thread.join()


@contextmanager
def soon():
    began = time.monotonic()
    yield
    assert time.monotonic() - began < BOUND


HEADS = {
    "header bytes that drip": lambda: [(b"HTTP/1.1 200 OK\r\nX: ", 0), *drip([b"x"] * 2000)],
    "headers that drip": lambda: [(b"HTTP/1.1 200 OK\r\n", 0), *drip([b"X: y\r\n"] * 2000)],
    "a status line that drips": lambda: drip(bytes_of(b"HTTP/1.1 200 " + b"OK" * 1000)),
    "100 Continue without end": lambda: flood(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "100 Continue that drips": lambda: drip([b"HTTP/1.1 100 Continue\r\n\r\n"] * 2000),
    "100 Continue with headers that drip": lambda: [(b"HTTP/1.1 100 Continue\r\n", 0), *drip([b"X: y\r\n"] * 2000)],
}


@pytest.mark.parametrize("script", HEADS.values(), ids=HEADS)
def test_a_webhook_whose_answer_does_not_begin_has_failed_and_is_tried_again(make_message, script):
    with saying(script) as port, soon():
        error = failure(Webhook(f"http://127.0.0.1:{port}", timeout=TIMEOUT), make_message())
    assert error.retriable
    assert "did not answer" in error.message


def test_a_proxy_that_drips_has_an_end_too(make_message, monkeypatch):
    monkeypatch.delenv("no_proxy")
    with saying(HEADS["a status line that drips"]) as port, soon():
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        assert failure(Webhook("https://elsewhere.example", timeout=TIMEOUT), make_message()).retriable
    gc.collect()  # tells of a socket that was left open


HELLO = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"
"""How a server of TLS begins an answer of 16 KiB."""
TLS = {
    "that drips": lambda: [(HELLO, 0), *drip([b"x"] * 2000)],
    "that never comes": lambda: [(b"", 0)],
}


@pytest.mark.parametrize("script", TLS.values(), ids=TLS)
def test_a_handshake_without_end_has_failed_and_is_tried_again(make_message, script):
    with saying(script) as port, soon():
        error = failure(Webhook(f"https://127.0.0.1:{port}", timeout=TIMEOUT), make_message())
    assert error.retriable
    assert "the TLS handshake did not finish within 0.3 seconds" in error.message
    gc.collect()  # tells of a socket that was left open


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BODIES = {
    "a body that drips": lambda: [(b"HTTP/1.1 200 OK\r\n\r\n", 0), *drip([b" "] * 2000)],
    "a body that never comes": lambda: [(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 0)],
    "a body without end": lambda: itertools.chain([(b"HTTP/1.1 200 OK\r\n\r\n", 0)], flood(b" ")),
    "a chunk's size that drips": lambda: [(CHUNKED, 0), *drip([b"0"] * 2000)],
    "trailers without end": lambda: itertools.chain([(CHUNKED + b"0\r\n", 0)], flood(b"X: y\r\n")),
}


@pytest.mark.parametrize("script", BODIES.values(), ids=BODIES)
def test_a_message_that_was_accepted_is_delivered_whatever_its_body_does(make_message, script):
    with saying(script) as port, soon():
        delivery = Webhook(f"http://127.0.0.1:{port}", timeout=TIMEOUT).send(make_message())
    assert delivery.detail == {"status": 200}


def test_a_body_has_a_time_of_its_own_behind_slow_headers(make_message):
    def script():
        yield b"HTTP/1.1 202 Accepted\r\n", 0.4
        yield b"Content-Length: 11\r\n\r\n", 0.4
        yield b'{"id": "m"}', 0

    with saying(script) as port:
        assert Webhook(f"http://127.0.0.1:{port}", timeout=0.7).send(make_message()).id == "m"


GREETED = (b"220 hi\r\n",)
ENVELOPE = (*GREETED, b"250 OK\r\n", b"250 OK\r\n", b"250 OK\r\n")
REPLIES = {
    "a greeting without end": (lambda: flood(b"220-hello\r\n"), ()),
    "a greeting that drips": (lambda: drip([b"220-hello\r\n"] * 2000), ()),
    "bytes that drip": (lambda: drip(bytes_of(b"220 " + b"hello" * 400)), ()),
    "an answer to EHLO without end": (lambda: flood(b"250-X\r\n"), GREETED),
    "an answer to MAIL that drips": (lambda: drip([b"250-ok\r\n"] * 2000), ENVELOPE[:2]),
    "an answer to the message that drips": (
        lambda: [(b"354 go\r\n", 0), *drip([b"250-ok\r\n"] * 2000)],
        ENVELOPE,
    ),
}


@pytest.mark.parametrize(("script", "after"), REPLIES.values(), ids=REPLIES)
def test_a_mail_server_whose_answer_has_no_end_has_failed_and_is_tried_again(make_message, script, after):
    with saying(script, after) as port, provider_for(port, timeout=TIMEOUT) as provider, soon():
        error = failure(provider, make_message())
    assert error.retriable
    assert f"127.0.0.1:{port}" in error.message


@pytest.mark.parametrize("answer", [b"220-hello\r\n", b"220-" + b"x" * 500 + b"\r\n"])
def test_an_answer_is_kept_only_up_to_its_bound(make_message, answer):
    told = itertools.count()

    def counted():
        for piece, pause in flood(answer):
            yield piece, pause
            next(told)

    with saying(counted) as port, provider_for(port, timeout=30) as provider, soon():
        assert f"more than {MAX_ANSWER} bytes" in failure(provider, make_message()).message


def test_answers_that_are_each_in_time_add_up(make_message):
    slow = [(b"250 OK\r\n", 0.2)] * 3 + [(b"354 go\r\n", 0.2), (b"250 OK\r\n", 0.2)]
    with saying(lambda: [(b"220 hi\r\n", 0.2), *slow]) as port, provider_for(port, timeout=0.8) as provider:
        assert provider.send(make_message()).id
