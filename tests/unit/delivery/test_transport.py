"""Connections to web servers are kept, replaced and let go."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from novu_core.delivery.transport import Transport
from tests.unit.delivery.test_endless_answers import saying
from tests.unit.delivery.web_servers import web


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def transport():
    made = Transport(5)
    yield made
    made.close()


def test_one_connection_serves_many_posts(transport):
    with web() as server:
        for _ in range(3):
            assert transport.post(server.url, b"{}", {}).status == 200
        assert server.connections == 1


def test_chunked_answers_and_empty_ones_keep_it(transport):
    answers = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ]
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                for answer in answers:
                    connection.recv(4096)
                    connection.sendall(answer)
                connection.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert transport.post(url, b"", {}).body == b"ok"
        assert transport.post(url, b"", {}).status == 204
        transport.close()
        thread.join()


def test_a_connection_that_the_server_gave_up_while_it_was_idle_is_replaced(transport):
    with web() as server:
        transport.post(server.url, b"", {})
        (pool,) = transport._pools.values()
        ((connection, _),) = pool._mine().idle
        connection.sock.shutdown(socket.SHUT_RDWR)
        assert transport.post(server.url, b"", {}).status == 200
        assert server.connections == 2


def test_a_connection_given_up_in_the_very_moment_of_its_use_is_replaced(transport, monkeypatch):
    monkeypatch.setattr("novu_core.delivery.transport._is_quiet", lambda connection: True)
    with web() as server:
        transport.post(server.url, b"", {})
        (pool,) = transport._pools.values()
        ((connection, _),) = pool._mine().idle
        connection.sock.shutdown(socket.SHUT_RDWR)
        assert transport.post(server.url, b"", {}).status == 200
        assert len(server.requests) == 2


def test_a_new_connection_that_is_given_up_is_an_error(transport):
    with saying(lambda: [(b"", 0)]) as port:
        pass
    with pytest.raises(ConnectionRefusedError):
        transport.post(f"http://127.0.0.1:{port}", b"", {})
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up():
            connection, _ = server.accept()
            connection.recv(4096)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(ConnectionError):
            transport.post(f"http://127.0.0.1:{server.getsockname()[1]}", b"", {})
        thread.join()


def test_a_server_that_says_no_more_on_a_connection_is_asked_on_a_new_one(transport):
    with web() as server:
        server.answers = [(200, {"Connection": "close"}, b"ok")]
        for _ in range(2):
            assert transport.post(server.url, b"", {}).body == b"ok"
        assert server.connections == 2


def test_connections_of_few_servers_are_kept(transport):
    with web() as server:
        transport.post(server.url, b"", {})
        for number in range(8):
            transport._pool(urlsplit(f"http://host-{number}"))
        assert [len(transport._pools), "http://host-7" in transport._pools] == [8, True]
        transport.post(server.url, b"", {})
        assert server.connections == 2


def test_a_fork_has_connections_of_its_own(transport, monkeypatch):
    with web() as server:
        transport.post(server.url, b"", {})
        pid = os.getpid()
        monkeypatch.setattr("novu_core.delivery.pool.os.getpid", lambda: pid + 1)
        transport.post(server.url, b"", {})
        assert server.connections == 2
        transport.close()


@pytest.mark.parametrize("proxy", ["http://me:p%40ss@127.0.0.1:{port}", "127.0.0.1:{port}"])
def test_a_proxy_is_asked_for_whole_urls(transport, monkeypatch, proxy):
    with web() as server:
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("http_proxy", proxy.format(port=server.port))
        transport.post("http://elsewhere.example/x?y=1", b"", {})
        assert server.last.path == "http://elsewhere.example/x?y=1"
        assert server.last.headers["Host"] == "elsewhere.example"
        assert (server.last.headers["Proxy-Authorization"] == "Basic bWU6cEBzcw==") is ("@" in proxy)


def test_a_connection_with_tls_is_kept_too(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    trusting = Transport(5, context=ssl.create_default_context(cafile=certificate[0]))
    with web(context) as server:
        for _ in range(3):
            assert trusting.post(server.url, b"{}", {}).status == 200
        assert server.connections == 1
        trusting.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            Transport(5).post(server.url, b"{}", {})


def test_threads_share_the_connections(transport):
    with web() as server, ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: transport.post(server.url, b"{}", {}).status, range(80)))
        assert statuses == [200] * 80
        assert len(server.requests) == 80
        assert server.connections <= 8


@pytest.fixture
def tunnel():
    """A proxy that lets TLS through; what it was asked."""
    asked = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            asked.append([line.strip() for line in iter(self.rfile.readline, b"\r\n")])
            host, _, port = asked[-1][0].split()[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as there:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=self.copy, args=(there, self.connection))
                back.start()
                self.copy(self.connection, there)
                back.join()

        @staticmethod
        def copy(source, target):
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1], asked
        server.shutdown()
        thread.join()


def test_tls_goes_through_a_proxys_tunnel(certificate, tunnel, monkeypatch):
    port, asked = tunnel
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("https_proxy", f"http://me:pass@127.0.0.1:{port}")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    trusting = Transport(5, context=ssl.create_default_context(cafile=certificate[0]), deny_private=True)
    with web(context) as server:
        for _ in range(2):
            assert trusting.post(f"{server.url}/x", b"{}", {}).status == 200
        assert [request.path for request in server.requests] == ["/x", "/x"]
        assert server.requests[0].headers["Proxy-Authorization"] is None
        trusting.close()
    ((line, *headers),) = asked
    assert line.startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.".encode())
    assert b"Proxy-Authorization: Basic bWU6cGFzcw==" in headers
