"""Connections to a mail server are pooled, replaced and closed."""

from __future__ import annotations

import socket
import threading
from collections import Counter

from tests.unit.delivery.mail_servers import failure, provider_for, scripted


def test_connections_are_used_again(provider, server, mailbox, make_message):
    for number in range(5):
        provider.send(make_message(idempotency_key=f"run:{number}"))
    assert len(mailbox.received) == 5
    assert server.connections == 1


def test_an_idle_connection_is_not_used_after_its_time(server, mailbox, make_message):
    now = [0.0]
    with provider_for(server.port, idle_seconds=30, monotonic=lambda: now[0]) as provider:
        for moment in (0, 29, 60):
            now[0] = moment
            provider.send(make_message())
    assert len(mailbox.received) == 3
    assert server.connections == 2


def test_a_connection_that_died_while_idle_is_replaced(provider, server, mailbox, make_message):
    provider.send(make_message())
    ((connection, _),) = provider._pool._mine().idle
    connection.sock.shutdown(socket.SHUT_RDWR)
    provider.send(make_message())
    assert len(mailbox.received) == 2
    assert server.connections == 2


def test_after_a_fork_the_parents_connections_are_let_go(make_message, monkeypatch):
    with (
        scripted({}) as (port, heard),
        provider_for(port) as provider,
    ):
        provider.send(make_message({"subject": "s", "body": "b"}))
        monkeypatch.setattr("novu_core.delivery.pool.os.getpid", lambda: -1)
        provider.send(make_message({"subject": "s", "body": "b"}))
        assert (heard["connections"], heard["QUIT"], heard["RSET"]) == (2, 0, 0)


def test_close_says_goodbye_and_the_next_send_starts_anew(make_message):
    with scripted({}) as (port, heard), provider_for(port) as provider:
        provider.close()
        provider.send(make_message())
        provider.close()
        provider.close()
        assert heard["QUIT"] == 1
        provider.send(make_message())
        assert heard["connections"] == 2


def test_a_connection_lent_while_closing_is_closed_when_it_comes_back(provider, make_message):
    with provider._pool.connection() as connection:
        provider.close()
        assert connection.noop()[0] == 250
    assert connection.sock is None


def test_threads_share_a_bounded_pool_and_every_message_arrives_once(server, mailbox, make_message):
    with provider_for(server.port, pool_size=3) as provider:
        errors = []

        def work(thread):
            try:
                for number in range(5):
                    provider.send(make_message(idempotency_key=f"{thread}:{number}"))
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    keys = Counter(message["X-Novu-Idempotency-Key"] for message in mailbox.messages)
    assert keys == Counter(f"{thread}:{number}" for thread in range(8) for number in range(5))
    assert server.connections <= 3


def test_a_pool_that_stays_busy_is_a_retriable_error(server, make_message):
    with provider_for(server.port, pool_size=1, timeout=0.05) as provider, provider._pool.connection():
        error = failure(provider, make_message())
    assert error.retriable
    assert "all 1 connections stayed busy" in error.message
