"""SMTP servers of this process, and a provider that talks to them."""

from __future__ import annotations

import email.policy
import socket
import socketserver
import threading
from collections import Counter
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller

from novu_core.delivery import SMTP
from novu_core.errors import DeliveryError


class Mailbox:
    """What the server got; ``reply`` answers RCPT instead of accepting."""

    def __init__(self):
        self.received = []
        self.refuse_recipient = self.refuse_data = None
        self.refused = {}  # address -> answer

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse_recipient or address in self.refused:
            return self.refuse_recipient or self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.refuse_data:
            return self.refuse_data
        self.received.append(envelope)
        return "250 OK"

    @property
    def messages(self):
        return [
            email.message_from_bytes(each.content.replace(b"\r\n", b"\n"), policy=email.policy.default)
            for each in self.received
        ]

    @property
    def recipients(self):
        return [address for each in self.received for address in each.rcpt_tos]


class Server(Controller):
    connections = 0

    def factory(self):
        self.connections += 1
        return super().factory()


@contextmanager
def running(mailbox, **options):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(mailbox, hostname="127.0.0.1", port=port, **options)
    server.start()
    server.connections = 0  # the controller probed itself
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def scripted(answers, greeting=b"220 hi\r\n", lines=None):
    """A server of few words: ``answers`` maps a command to its answer; None hangs up. Counts what it was told."""
    heard = Counter()
    lines = [] if lines is None else lines

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            heard["connections"] += 1
            if greeting is None:
                return
            self.wfile.write(greeting)
            for line in self.rfile:
                command = line[:4].strip().decode("ascii", "replace").upper()
                heard[command] += 1
                lines.append(line)
                answer = answers.get(command, b"354 go\r\n" if command == "DATA" else b"250 OK\r\n")
                if answer is None:
                    return
                self.wfile.write(answer)
                if answer.startswith(b"354") and not self.take_data():
                    return

        def take_data(self):
            while self.rfile.readline() not in (b".\r\n", b""):
                pass
            answer = answers.get(".", b"250 OK\r\n")
            if answer:
                self.wfile.write(answer)
            return answer

    class Quiet(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, request, client_address):
            """A client that hangs up is part of these tests."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1], heard
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def provider_for(port, **options):
    provider = SMTP("127.0.0.1", port, **{"sender": "Shop <no-reply@shop.example>", **options})
    try:
        yield provider
    finally:
        provider.close()


def failure(provider, message):
    with pytest.raises(DeliveryError) as failed:
        provider.send(message)
    return failed.value
