"""Where nothing is sent to, whatever a name says."""

from __future__ import annotations

import socket

import pytest

from novu_core.delivery import Webhook
from novu_core.delivery.network import dial, refusal
from novu_core.errors import DeliveryError
from tests.unit.delivery.web_servers import web


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"],
)
def test_link_local_addresses_are_always_refused(address):
    assert refusal(address, deny_private=False) == "a link-local address"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.100.100.200", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "::1", "::", "::7f00:1", "240.0.0.1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_where_that_is_asked(address):
    assert refusal(address, deny_private=False) is None
    assert "public internet" in refusal(address, deny_private=True)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_public_addresses_are_free(address):
    assert refusal(address, deny_private=True) is None


def names(monkeypatch, *addresses):
    """Let every host have these addresses, the next of them at each look-up."""
    left = list(addresses)

    def getaddrinfo(host, port, *args):
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found.split()]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_the_address_that_is_connected_to_is_the_one_that_was_checked(monkeypatch, make_message):
    with web() as server:
        names(monkeypatch, "127.0.0.1", "169.254.169.254")
        webhook = Webhook(f"http://rebinds.example:{server.port}/x")
        webhook.send(make_message())
        webhook.close()
        with pytest.raises(DeliveryError, match=r"rebinds.example is 169.254.169.254, a link-local address") as failed:
            webhook.send(make_message())
        assert not failed.value.retriable
        assert len(server.requests) == 1


def test_of_several_addresses_a_refused_one_is_left_out(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        names(monkeypatch, "169.254.169.254 127.0.0.1")
        dial(("host", server.getsockname()[1]), 5).close()
        names(monkeypatch, "10.0.0.1 127.0.0.1")
        with pytest.raises(DeliveryError, match=r"host is 10\.0\.0\.1, not an address of the public internet"):
            dial(("host", server.getsockname()[1]), 5, deny_private=True)


def test_a_refused_connection_is_told(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            dial(("127.0.0.1", closed.getsockname()[1]), 5)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args: [])
    with pytest.raises(OSError, match="has no address"):
        dial(("nowhere", 80), 5)


def test_a_loopback_address_is_free_unless_that_is_denied(make_message):
    with web() as server:
        webhook = Webhook(server.url)
        webhook.send(make_message())
        webhook.close()
        with pytest.raises(DeliveryError, match="NOVU_WEBHOOK_DENY_PRIVATE"):
            Webhook(server.url, deny_private=True).send(make_message())
    assert len(server.requests) == 1
