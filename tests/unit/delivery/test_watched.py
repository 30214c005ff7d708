"""Connections that a library opens by itself are refused where nothing may be sent."""

from __future__ import annotations

import contextlib
import http.client
import smtplib
import socket
import threading

import pytest

from novu_core.delivery import watched as module
from novu_core.delivery.services.schemes import service_of
from novu_core.delivery.urls import provider_from_url
from novu_core.delivery.watched import watched
from novu_core.errors import DeliveryError
from novu_core.types import Channel
from tests.unit.delivery.web_servers import web


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def by_address(port):
    socket.create_connection(("127.0.0.1", port), 20).close()


def by_name(port):
    with socket.socket() as sock:
        sock.connect(("localhost", port))


def by_http(port):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.connect()


def by_smtp(port):
    smtplib.SMTP(timeout=20).connect("127.0.0.1", port)


@pytest.mark.parametrize("connect", [by_address, by_name, by_http, by_smtp])
def test_private_addresses_are_refused_only_if_asked_for_and_only_inside(listener, connect):
    with watched(deny_private=True) as refused, pytest.raises(PermissionError, match="public internet"):
        connect(listener)
    assert len(refused) == 1
    if connect is not by_smtp:  # which would wait for a greeting
        with watched(deny_private=False) as refused:
            connect(listener)
        assert refused == []
        connect(listener)


def test_link_local_addresses_are_refused_always():
    address = "169.254.169.254"
    with watched(deny_private=False) as refused, pytest.raises(PermissionError, match="link-local"):
        socket.create_connection((address, 1), 20)
    assert refused == [f"{address} is a link-local address; nothing is sent there"]
    assert module._refusal("fe80::1%eth0", deny_private=False) == "a link-local address"


def test_other_threads_and_other_sockets_are_left_alone(listener, tmp_path):
    errors = []

    def elsewhere():
        try:
            by_address(listener)
        except OSError as error:
            errors.append(error)

    with (
        watched(deny_private=True) as refused,
        socket.socket(socket.AF_UNIX) as server,
        socket.socket(socket.AF_UNIX) as client,
    ):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        server.bind(f"{tmp_path}/s")
        server.listen()
        client.connect(f"{tmp_path}/s")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.connect(("127.0.0.1", 53))
    assert (errors, refused) == ([], [])


@pytest.mark.parametrize("proxy", ["http://localhost:{port}", "127.0.0.1:{port}"])
def test_a_proxy_of_the_environment_may_be_private(listener, monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", proxy.format(port=listener))
    monkeypatch.setenv("https_proxy", "http://host:port:bad")
    with watched(deny_private=True) as refused:
        by_address(listener)
    assert refused == []


def test_a_name_that_nobody_has_is_not_refused_but_fails(monkeypatch):
    def nobody(*args):
        raise socket.gaierror("no such host")

    monkeypatch.setattr(module.socket, "getaddrinfo", nobody)
    assert module._addresses("no-such-host.invalid") == []
    assert module._refusal("no-such-host.invalid", deny_private=True) is None


def test_the_hook_is_added_once(monkeypatch):
    added = []
    monkeypatch.setattr(module.sys, "addaudithook", added.append)
    module._install.cache_clear()
    for _ in range(3):
        with watched(deny_private=True):
            pass
    assert len(added) == 1


def test_apprise_asks_nothing_private_where_that_is_denied(make_message):
    pytest.importorskip("apprise")
    with web() as server:
        url = server.url.replace("http://", "json://")
        from urllib.parse import urlsplit

        for deny in (True, False):
            provider = service_of(url, urlsplit(url), deny_private=deny)
            message = make_message(channel=Channel.CHAT, content={"body": "Hello"})
            if deny:
                with pytest.raises(
                    DeliveryError, match=r"127\.0\.0\.1 is not an address of the public internet"
                ) as told:
                    provider.send(message)
                assert not told.value.retriable
            else:
                provider.send(message)
        assert len(server.requests) == 1
    provider = provider_from_url("json://169.254.169.254/latest", Channel.CHAT)
    with pytest.raises(DeliveryError, match="link-local"):
        provider.send(message)
