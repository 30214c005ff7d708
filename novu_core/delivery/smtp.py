"""Sends e-mail over SMTP, with a small pool of connections."""

from __future__ import annotations

import contextlib
import io
import smtplib
import ssl
import time
from collections.abc import Callable
from typing import Literal

from novu_core.delivery.addresses import Address, ascii_domain, parse_address
from novu_core.delivery.answers import BoundedReader
from novu_core.delivery.base import Delivery, Message
from novu_core.delivery.events.base import EventSource
from novu_core.delivery.failure import classify
from novu_core.delivery.mime import Posted, compose
from novu_core.delivery.pool import Pool
from novu_core.errors import ConfigurationError, DeliveryError
from novu_core.types import Channel

Security = Literal["plain", "starttls", "tls"]
PORTS: dict[Security, int] = {"plain": 25, "starttls": 587, "tls": 465}


class SMTP:
    """Sends each message as an e-mail (:func:`~novu_core.delivery.mime.compose` says how it looks).

    ``sender`` is the default From, ``a@b.c`` or ``Name <a@b.c>``. ``security``: ``plain``, ``starttls`` (refuses a
    server that does not offer it) or ``tls`` from the first byte; ``port`` defaults to 25, 587 and 465. ``timeout``:
    seconds for connecting, for each answer of the server, and for a free connection. At most ``pool_size`` connections
    are open in a process; one that was idle for less than ``idle_seconds`` is used again. Threads may share an
    instance, and so may processes after a fork. 4xx answers and lost connections raise a retriable DeliveryError, 5xx
    a permanent one. A copy (cc, bcc) that is refused is told in the Delivery's ``detail``, as ``refused``. ``events``:
    what reads reports of bounces. Raises ConfigurationError for values that cannot work.
    """

    name = "smtp"
    timeout = None
    channel = Channel.EMAIL
    needs_address = True

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        sender: str,
        username: str | None = None,
        password: str | None = None,
        security: Security = "plain",
        timeout: float = 10.0,
        pool_size: int = 4,
        idle_seconds: float = 60.0,
        context: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        events: EventSource | None = None,
    ) -> None:
        if security not in PORTS:
            raise ConfigurationError(f"SMTP: security must be one of {', '.join(PORTS)}, not {security!r}.")
        if timeout <= 0 or pool_size < 1:
            raise ConfigurationError("SMTP: timeout must be more than 0 seconds and pool_size at least 1.")
        try:
            self.sender: Address = parse_address(sender)
        except ValueError as error:
            raise ConfigurationError(f"SMTP: the sender (from) cannot be used: {error}.") from error
        try:
            self.host = host if host.isascii() else ascii_domain(host)
        except ValueError as error:
            raise ConfigurationError(f"SMTP: the host {host!r} cannot be used: {error}.") from error
        self.port = PORTS[security] if port is None else port
        self.security = security
        self._login = (username, password or "") if username else None
        self._timeout = timeout
        self._context = context
        self._local_name: str | None = None
        self.events = events
        self._pool = Pool(
            self._connect,
            _is_alive,
            _quit,
            size=pool_size,
            idle_seconds=idle_seconds,
            patience=timeout,
            monotonic=monotonic,
        )

    def __repr__(self) -> str:
        return f"<SMTP {self.host}:{self.port} ({self.security})>"

    def send(self, message: Message) -> Delivery:
        """Send the message. Raises DeliveryError."""
        mail = compose(message, self.sender)
        try:
            with self._pool.connection() as connection:
                refused = self._transmit(connection, mail)
        except (OSError, UnicodeError) as error:
            raise self._failure(error) from error
        detail = {"host": f"{self.host}:{self.port}", **({"refused": refused} if refused else {})}
        return Delivery(self.name, mail.message_id, detail)

    def greet(self) -> None:
        """Connect, log in and say goodbye, on a connection of its own. Raises DeliveryError."""
        try:
            _quit(self._connect())
        except (OSError, UnicodeError) as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Say goodbye on the connections that wait for use. The next ``send`` opens a new one."""
        self._pool.close()

    def _transmit(self, connection: smtplib.SMTP, mail: Posted) -> dict[str, str]:
        """Send, and return what the server said of the copies that it refused; nothing is sent without the subscriber.

        Raises the errors of smtplib.
        """
        options = ["SMTPUTF8", "BODY=8BITMIME"] if mail.international else []
        if options and not connection.has_extn("smtputf8"):
            raise DeliveryError(
                f"{self!r} accepts only ASCII addresses (it does not offer SMTPUTF8): {mail.recipient!r} from "
                f"{mail.sender!r}."
            )
        content = mail.email.as_bytes()
        if connection.does_esmtp and connection.has_extn("size"):
            options = [*options, f"size={len(content)}"]
        _accepted(connection.mail(mail.sender, options), smtplib.SMTPSenderRefused, mail.sender)
        refused: dict[str, str] = {}
        for recipient in mail.recipients:
            code, text = connection.rcpt(recipient)
            if code in (250, 251):
                continue
            if recipient == mail.recipient or code == 421:
                raise smtplib.SMTPRecipientsRefused({recipient: (code, text)})
            refused[recipient] = f"{code} {text.decode('utf-8', 'replace')}"
        _accepted(connection.data(content), smtplib.SMTPDataError)
        return refused

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = self._context or ssl.create_default_context()
            connection: smtplib.SMTP = _TLS(
                self.host, self.port, self._local_name, timeout=self._timeout, context=context
            )
        else:
            connection = _Bounded(self.host, self.port, self._local_name, timeout=self._timeout)
        self._local_name = connection.local_hostname  # finding it out asks the DNS, which may take seconds
        try:
            if self.security == "starttls":
                connection.starttls(context=self._context or ssl.create_default_context())
            connection.ehlo_or_helo_if_needed()
            if self._login:
                connection.login(*self._login)
        except BaseException:
            connection.close()
            raise
        return connection

    def _failure(self, error: Exception) -> DeliveryError:
        known = classify(error)
        hint = ""
        if isinstance(error, UnicodeError):
            hint = " (smtplib sends only ASCII user names and passwords)"
        elif isinstance(error, ssl.SSLError):
            hint = (
                " (does the port speak TLS from the first byte? smtps:// does, usually on 465; smtp+starttls:// starts "
                "plain, usually on 587)"
                if self.security == "tls" and not isinstance(error, ssl.SSLCertVerificationError)
                else " (is the certificate issued for this host, by an authority that is trusted here?)"
            )
        found = DeliveryError(f"{self!r}: {known.message}{hint}", retriable=known.retriable)
        found.hard_bounce = known.hard_bounce
        return found


def _accepted(answer: tuple[int, bytes], error: Callable[..., smtplib.SMTPException], *more: str) -> None:
    """Raise ``error`` with the answer where it is none of 2xx."""
    if not 200 <= answer[0] <= 299:
        raise error(*answer, *more)


class _Bounded(smtplib.SMTP):
    """Reads answers that have an end: a server may say ``250-ok`` for ever."""

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:  # a new connection, or TLS has begun
            self._reader = BoundedReader(self.sock)
            self.file = io.BufferedReader(self._reader)
        elif self.file is not None:
            self._reader.renew()
        return super().getreply()


class _TLS(_Bounded, smtplib.SMTP_SSL):
    pass


def _is_alive(connection: smtplib.SMTP) -> bool:
    try:
        return connection.rset()[0] == 250
    except OSError:
        return False


def _quit(connection: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError):
        connection.quit()
    connection.close()
