"""The metrics on a worker's own port: the text of the HTTP route, for whoever reaches the port."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from novu_core import Client
from novu_core.errors import StoreError
from novu_core.http.rest.metrics import exposition
from novu_core.integrations.terminal.metrics import MetricsServer
from novu_core.integrations.terminal.output import Failure


@pytest.fixture
def client():
    with Client({"store_url": "sqlite://", "worker": "none"}, []) as made:
        yield made


@pytest.fixture
def server(client):
    made = MetricsServer(client, "127.0.0.1", 0)
    yield made
    made.close()


def ask(server, target="/metrics", method="GET"):
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)) as connection:
        connection.request(method, target)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()


@pytest.mark.parametrize("target", ["/metrics", "/metrics?name=novu_due"])
def test_it_has_the_text_of_the_route(client, server, target):
    kind = "text/plain; version=0.0.4; charset=utf-8"
    assert ask(server, target) == (200, kind, exposition(client.metrics.collect()))


def test_there_is_nothing_else(server):
    assert ask(server, "/")[0] == 404
    assert ask(server, method="POST")[0] == 501


def test_a_store_that_does_not_answer(client, server, monkeypatch, caplog):
    def gone():
        raise StoreError("the disk is full")

    monkeypatch.setattr(client.metrics, "collect", gone)
    status, _, text = ask(server)
    assert (status, text) == (503, "The store does not answer.\n")
    assert "the disk is full" in caplog.text
    monkeypatch.undo()
    assert ask(server)[0] == 200


def test_whoever_leaves_before_the_answer_is_no_error(server, capfd):
    with socket.create_connection(server.server_address, timeout=20) as caller:
        caller.sendall(b"GET /metrics HTTP/1.1\r\n")
    assert ask(server)[0] == 200
    server.handle_error(None, None)
    assert capfd.readouterr() == ("", "")


def test_an_address_that_cannot_be_had(client, server):
    port = server.server_address[1]
    with pytest.raises(Failure, match=rf"Cannot listen on 127\.0\.0\.1, port {port}: Address already in use\."):
        MetricsServer(client, "127.0.0.1", port)
    with pytest.raises(Failure, match=r"^Cannot listen on nowhere"):
        MetricsServer(client, "nowhere.invalid", port)
