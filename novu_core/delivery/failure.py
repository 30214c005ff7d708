"""What the exceptions of a provider mean, and what follows from them."""

from __future__ import annotations

import errno
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from novu_core.clock import UTC, Clock, SystemClock
from novu_core.errors import DeliveryError, text_of
from novu_core.schedules.retry import Retry

_KNOWN = {
    "builtins.ConnectionError": True,
    "builtins.TimeoutError": True,
    "asyncio.TimeoutError": True,  # classes of their own before Python 3.11
    "concurrent.TimeoutError": True,
    "socket.gaierror": True,
    "socket.herror": True,
    "ssl.SSLCertVerificationError": False,
    "ssl.SSLError": True,
    "http.BadStatusLine": True,
    "http.IncompleteRead": True,
    "smtplib.SMTPConnectError": True,
    "smtplib.SMTPServerDisconnected": True,
    "httpx.UnsupportedProtocol": False,
    "httpx.LocalProtocolError": False,
    "httpx.TransportError": True,
    "requests.ConnectionError": True,
    "requests.Timeout": True,
    "requests.ChunkedEncodingError": True,
    "urllib3.MaxRetryError": True,
    "urllib3.ProtocolError": True,
    "urllib3.TimeoutError": True,
    "aiohttp.ClientConnectionError": True,
    "aiohttp.ClientPayloadError": True,
}
"""Top-level package and class -> worth another attempt. By name, so that no client library is imported to ask."""

_NO_THREAD = ("can't start new thread", "can't create new thread", "cannot schedule new futures")
"""How Python's RuntimeErrors begin that say no thread can start at the moment, or any more in this process."""

_BAD_ADDRESS = re.compile(r"[\s#(]*5\.1\.(?![78]\b)\d{1,3}\b")

_NETWORK_ERRNOS = frozenset(
    {errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.ETIMEDOUT}
)


def classify(error: BaseException, clock: Clock | None = None) -> DeliveryError:
    """Return what ``error``, raised by a provider, means: a DeliveryError whose cause it is.

    Retriable are network errors, SMTP 4xx answers, HTTP 408, 425, 429 and 5xx (SEMANTICS, Failure), a thread that
    cannot start, and whatever has a true ``retriable``; everything unknown is permanent. HTTP errors are recognised by
    ``status_code``, ``status`` or a ``response`` that has one, which fits httpx, requests, aiohttp and most services'
    own clients; their ``Retry-After`` header is kept, ``clock`` being asked where it is a date. A DeliveryError is
    returned as it is.
    """
    if isinstance(error, DeliveryError):
        return error
    after = _retry_after(error, clock or SystemClock())
    found = DeliveryError(_describe(error), retriable=_is_retriable(error), retry_after=after)
    found.hard_bounce = _refuses_the_address(error)
    found.__cause__ = error
    return found


def is_hard_bounce(status: str) -> bool:
    """Whether an enhanced status code (RFC 3463), with what follows it, says that an address takes no mail.

    These are 5.1.x, but for 5.1.7 and 5.1.8, which are about the sender.
    """
    return _BAD_ADDRESS.match(status) is not None


def is_network(error: DeliveryError) -> bool:
    """Whether the provider was not reached, or did not answer: neither an HTTP status nor an SMTP reply came."""
    cause = error.__cause__
    if not error.retriable or cause is None or isinstance(_read(cause, "retriable"), bool):
        return False
    reply = _smtp_reply(cause)
    answered = _http_status(cause) is not None or (reply is not None and reply[0] > 0)
    return not answered and not isinstance(cause, RuntimeError)


@dataclass(frozen=True)
class RetryLater:
    """Try the same provider again after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class NextProvider:
    """Try the channel's provider with this index now, as its first attempt."""

    index: int


@dataclass(frozen=True)
class GiveUp:
    """No provider is left: the step failed."""


def next_attempt(
    error: DeliveryError,
    attempt: int,
    provider_index: int,
    provider_count: int,
    retry: Retry,
    random: Callable[[], float],
) -> RetryLater | NextProvider | GiveUp:
    """Decide what follows failed attempt ``attempt`` (from 1) of provider ``provider_index`` (from 0).

    SEMANTICS, Failure: a retriable error goes to the same provider until ``retry.attempts`` are used up, a permanent
    one to the next provider at once. ``random`` returns a float in [0, 1).
    """
    pause = retry.pause(attempt, random, error.retry_after) if error.retriable else None
    if pause is not None:
        return RetryLater(pause.total_seconds())
    if provider_index + 1 < provider_count:
        return NextProvider(provider_index + 1)
    return GiveUp()


def is_retriable_status(status: int) -> bool:
    """Whether a request that got this HTTP status is worth another attempt."""
    return status in (408, 425, 429) or 500 <= status <= 599


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Return ``Retry-After`` (seconds or a date, RFC 9110 10.2.3) as seconds from ``now``, None if unreadable."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (TypeError, ValueError, OverflowError):
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _is_retriable(error: BaseException) -> bool:
    declared = _read(error, "retriable")
    if isinstance(declared, bool):
        return declared
    status = _http_status(error)
    if status is not None:
        return is_retriable_status(status)
    for cls in type(error).__mro__:
        known = _KNOWN.get(f"{cls.__module__.partition('.')[0]}.{cls.__name__}")
        if known is not None:
            return known
    reply = _smtp_reply(error)
    if reply is not None:
        return reply[0] < 500  # -1 is smtplib's code for a connection that was lost
    if isinstance(error, RuntimeError) and text_of(error).startswith(_NO_THREAD):
        return True
    reason = _read(error, "reason")  # urllib.error.URLError
    if isinstance(reason, Exception) and reason is not error:
        return _is_retriable(reason)
    return isinstance(error, OSError) and error.errno in _NETWORK_ERRNOS


def _http_status(error: BaseException) -> int | None:
    response = _read(error, "response")
    for source, name in ((error, "status_code"), (response, "status_code"), (response, "status"), (error, "status")):
        status = _read(source, name)
        if isinstance(status, int) and 100 <= status <= 599:
            return int(status)
    return None


def _smtp_reply(error: BaseException) -> tuple[int, str] | None:
    """The server's code and text, of smtplib's and aiosmtplib's errors."""
    code, text = _read(error, "smtp_code"), _read(error, "smtp_error")
    refused = _read(error, "recipients")
    if isinstance(refused, dict) and refused:
        code, text = next(iter(refused.values()))
    elif isinstance(refused, (list, tuple)) and refused:
        code, text = _read(refused[0], "code"), _read(refused[0], "message")
    elif code is None and type(error).__module__.startswith("aiosmtplib"):
        code, text = _read(error, "code"), _read(error, "message")
    if not isinstance(code, int):
        return None
    return code, text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _refuses_the_address(error: BaseException) -> bool:
    """Whether a server refused the recipient for good, since there is no such address."""
    reply = _smtp_reply(error) if _read(error, "recipients") else None
    return reply is not None and reply[0] >= 500 and is_hard_bounce(reply[1])


def _retry_after(error: BaseException, clock: Clock) -> float | None:
    value = _read(error, "retry_after")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return parse_retry_after(str(value), clock.now())
    for source in (_read(error, "response"), error):
        headers = _read(source, "headers")
        for name in ("Retry-After", "retry-after"):
            header = headers.get(name) if hasattr(headers, "get") else None
            if isinstance(header, str):
                return parse_retry_after(header, clock.now())
    return None


def _describe(error: BaseException) -> str:
    reply = _smtp_reply(error)
    text = f"{reply[0]} {reply[1]}" if reply else text_of(error)
    return f"{type(error).__name__}: {text[:500]}".rstrip(": ")


def _read(source: object, name: str) -> Any:
    """``getattr`` that survives properties which raise: a strange exception must not hide behind another one."""
    try:
        return getattr(source, name, None)
    except Exception:
        return None
