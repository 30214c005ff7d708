from __future__ import annotations

import email
import email.policy
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections import Counter
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from novu_core.delivery import SMTP
from novu_core.errors import ConfigurationError, DeliveryError


class Mailbox:
    """What the server got; ``reply`` answers RCPT instead of accepting."""

    def __init__(self):
        self.received = []
        self.refuse_recipient = self.refuse_data = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse_recipient:
            return self.refuse_recipient
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


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def server(mailbox):
    with running(mailbox, enable_SMTPUTF8=True) as started:
        yield started


@contextmanager
def provider_for(port, **options):
    provider = SMTP("127.0.0.1", port, **{"sender": "Shop <no-reply@shop.example>", **options})
    try:
        yield provider
    finally:
        provider.close()


@pytest.fixture
def provider(server):
    with provider_for(server.port) as made:
        yield made


@contextmanager
def scripted(answers, greeting=b"220 hi\r\n"):
    """A server of few words: ``answers`` maps a command to its answer; None hangs up. Counts what it was told."""
    heard = Counter()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            heard["connections"] += 1
            if greeting is None:
                return
            self.wfile.write(greeting)
            for line in self.rfile:
                command = line[:4].strip().decode("ascii", "replace").upper()
                heard[command] += 1
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


def failure(provider, message):
    with pytest.raises(DeliveryError) as failed:
        provider.send(message)
    return failed.value


def test_a_message_arrives(provider, mailbox, make_message):
    delivery = provider.send(
        make_message({"subject": "Grüße", "body": "<p>Hi <b>Ann</b></p>", "replyTo": "help@shop.example"})
    )
    (envelope,), (received,) = mailbox.received, mailbox.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@shop.example", ["ann@example.com"])
    assert (received["Subject"], received["Reply-To"]) == ("Grüße", "help@shop.example")
    assert [part.get_content() for part in received.iter_parts()] == ["Hi Ann\n", "<p>Hi <b>Ann</b></p>\n"]
    assert (delivery.provider, delivery.id) == ("smtp", received["Message-ID"])


def test_lines_with_a_dot_and_long_lines_arrive_as_they_are(provider, mailbox, make_message):
    body = ".\n..x\n" + "long " * 500 + "\n\nend"
    provider.send(make_message({"subject": "s", "body": body}))
    assert mailbox.messages[0].get_content() == body + "\n"


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
        monkeypatch.setattr("novu_core.delivery.smtp.os.getpid", lambda: -1)
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


@pytest.mark.parametrize(
    ("refusal", "retriable"), [("451 greylisted", True), ("421 closing", True), ("550 no such user", False)]
)
@pytest.mark.parametrize("stage", ["refuse_recipient", "refuse_data"])
def test_refusals_by_their_code(provider, server, mailbox, make_message, stage, refusal, retriable):
    setattr(mailbox, stage, refusal)
    error = failure(provider, make_message())
    assert error.retriable is retriable
    assert refusal in error.message
    assert f"127.0.0.1:{server.port}" in error.message
    setattr(mailbox, stage, None)
    provider.send(make_message())
    assert len(mailbox.received) == 1


def test_nobody_listening_is_retriable(make_message):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with provider_for(closed.getsockname()[1]) as provider:
            error = failure(provider, make_message())
    assert error.retriable
    assert "refused" in error.message


def test_a_server_that_never_answers_is_retriable(make_message):
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        provider_for(silent.getsockname()[1], timeout=0.1) as provider,
    ):
        assert failure(provider, make_message()).retriable


@pytest.mark.parametrize(
    ("answers", "greeting", "retriable"),
    [
        ({}, None, True),
        ({}, b"421 too busy\r\n", True),
        ({}, b"554 no SMTP here\r\n", True),
        ({"EHLO": None}, b"220 hi\r\n", True),
        ({"MAIL": None}, b"220 hi\r\n", True),
        ({"RCPT": None}, b"220 hi\r\n", True),
        ({"DATA": None}, b"220 hi\r\n", True),
        ({".": None}, b"220 hi\r\n", True),
        ({".": b"452 disk full\r\n"}, b"220 hi\r\n", True),
        ({".": b"554 spam\r\n"}, b"220 hi\r\n", False),
        ({"MAIL": b"530 authentication required\r\n"}, b"220 hi\r\n", False),
        ({"MAIL": b"452 disk full\r\n"}, b"220 hi\r\n", True),
        ({"EHLO": b"500 what\r\n", "HELO": b"500 what\r\n"}, b"220 hi\r\n", False),
    ],
)
def test_trouble_on_the_way(make_message, answers, greeting, retriable):
    with scripted(answers, greeting) as (port, _), provider_for(port) as provider:
        assert failure(provider, make_message()).retriable is retriable


def test_an_international_address_needs_a_server_that_takes_it(provider, mailbox, make_message):
    provider.send(make_message(to="jürgen@bücher.example"))
    assert mailbox.received[0].rcpt_tos == ["jürgen@xn--bcher-kva.example"]
    assert mailbox.received[0].smtp_utf8
    with scripted({}) as (port, heard), provider_for(port) as plain:
        error = failure(plain, make_message(to="jürgen@example.com"))
        assert not error.retriable
        assert "SMTPUTF8" in error.message
        assert "jürgen@example.com" in error.message
        assert heard["MAIL"] == 0


def test_a_message_without_an_address_never_reaches_the_server(make_message):
    with provider_for(1) as provider:
        error = failure(provider, make_message(to=None))
    assert not error.retriable
    assert "no address" in error.message


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl program to make a certificate")
    folder = tmp_path_factory.mktemp("certificate")
    key, path = folder / "key.pem", folder / "cert.pem"
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext"
    subprocess.run(
        [openssl, *make.split(), "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", path],
        check=True,
        capture_output=True,
    )
    return path, key


def check_password(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"me", b"right"), handled=False)


@pytest.fixture(params=["starttls", "tls"])
def secure(request, mailbox, certificate):
    """(port, security, a client context that trusts the server); with starttls the server asks for a password too."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    starttls = {
        "tls_context": context,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": check_password,
    }
    with running(mailbox, **(starttls if request.param == "starttls" else {"ssl_context": context})) as server:
        yield server.port, request.param, ssl.create_default_context(cafile=certificate[0])


def test_tls_with_or_without_a_password(secure, mailbox, make_message):
    port, security, context = secure
    login = {"username": "me", "password": "right"} if security == "starttls" else {}
    with provider_for(port, security=security, context=context, **login) as provider:
        provider.send(make_message())
        provider.send(make_message())
    assert len(mailbox.received) == 2


def test_an_unknown_certificate_is_permanent(secure, make_message):
    port, security, _ = secure
    with provider_for(port, security=security) as provider:
        error = failure(provider, make_message())
    assert not error.retriable
    assert "certificate" in error.message


@pytest.mark.parametrize("secure", ["starttls"], indirect=True)
@pytest.mark.parametrize(("password", "words"), [("wr0ng", "535"), ("wr0ng-schlüssel", "ASCII")])
def test_a_password_that_is_not_taken_is_permanent_and_not_shown(secure, make_message, password, words):
    port, security, context = secure
    with provider_for(port, security=security, context=context, username="me", password=password) as provider:
        error = failure(provider, make_message())
    assert not error.retriable
    assert words in error.message
    assert "wr0ng" not in error.message


def test_tls_to_a_plain_server_says_so(server, make_message):
    with provider_for(server.port, security="tls") as provider:
        error = failure(provider, make_message())
    assert "smtp+starttls://" in error.message


def test_starttls_is_not_left_out_when_the_server_does_not_offer_it(make_message):
    with (
        scripted({}) as (port, heard),
        provider_for(port, security="starttls", username="me", password="x") as provider,
    ):
        error = failure(provider, make_message())
        assert not error.retriable
        assert "STARTTLS" in error.message
        assert (heard["AUTH"], heard["MAIL"]) == (0, 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"security": "ssl"}, "plain, starttls, tls"),
        ({"sender": "me"}, "'me'"),
        ({"timeout": 0}, "timeout"),
        ({"pool_size": 0}, "pool_size"),
    ],
)
def test_values_that_can_not_work(options, words):
    with pytest.raises(ConfigurationError, match=words):
        SMTP("localhost", **{"sender": "a@b.c", **options})
