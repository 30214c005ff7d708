"""Which errors of a provider are worth another attempt, and when."""

from __future__ import annotations

import asyncio
import concurrent.futures
import email.message
import errno
import http.client
import pickle
import smtplib
import socket
import ssl
import urllib.error
from datetime import datetime, timezone
from types import SimpleNamespace

import httpx
import pytest
import requests

from novu_core.clock import ManualClock
from novu_core.delivery import classify
from novu_core.delivery.failure import parse_retry_after
from novu_core.errors import DeliveryError, StoreBusyError

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)


def with_attributes(**attributes):
    error = RuntimeError("the service said no")
    for name, value in attributes.items():
        setattr(error, name, value)
    return error


def http_error(library, status, headers=None):
    if library == "httpx":
        response = httpx.Response(status, headers=headers, request=httpx.Request("POST", "http://x"))
        return httpx.HTTPStatusError("refused", request=response.request, response=response)
    if library == "requests":
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers or {})
        return requests.HTTPError("refused", response=response)
    if library == "urllib":
        received = email.message.Message()
        for name, value in (headers or {}).items():
            received[name] = value
        return urllib.error.HTTPError("http://x", status, "refused", received, None)
    return with_attributes(
        response=SimpleNamespace(status=status, headers={k.lower(): v for k, v in (headers or {}).items()})
    )


RETRIABLE = [
    ConnectionRefusedError(111, "refused"),
    ConnectionResetError(),
    BrokenPipeError(),
    TimeoutError(),
    asyncio.TimeoutError(),
    concurrent.futures.TimeoutError(),
    socket.gaierror(socket.EAI_AGAIN, "try again"),
    ssl.SSLError("handshake failure"),
    OSError(errno.ENETUNREACH, "unreachable"),
    OSError(errno.EHOSTUNREACH, "no route"),
    http.client.RemoteDisconnected(),
    http.client.IncompleteRead(b""),
    urllib.error.URLError(ConnectionRefusedError()),
    smtplib.SMTPServerDisconnected("gone"),
    smtplib.SMTPConnectError(554, b"not now"),
    smtplib.SMTPDataError(451, b"greylisted"),
    smtplib.SMTPSenderRefused(421, b"closing", "a@b.c"),
    smtplib.SMTPRecipientsRefused({"a@b.c": (450, b"mailbox busy")}),
    smtplib.SMTPHeloError(-1, b""),
    httpx.ConnectError("no"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("cut"),
    requests.ConnectionError("no"),
    requests.ReadTimeout("slow"),
    with_attributes(retriable=True),
    with_attributes(status_code=503),
    with_attributes(status=429),
    type("MyTimeout", (TimeoutError,), {})(),
    RuntimeError("can't start new thread"),
    RuntimeError("can't create new thread at interpreter shutdown"),
    RuntimeError("cannot schedule new futures after shutdown"),
]
PERMANENT = [
    ValueError("bug"),
    KeyError("name"),
    RuntimeError(),
    RuntimeError("the thread cannot be sewn"),
    ValueError("can't start new thread"),
    OSError(errno.ENOENT, "no file"),
    PermissionError(),
    ssl.SSLCertVerificationError("self-signed"),
    urllib.error.URLError("unknown url type"),
    smtplib.SMTPDataError(552, b"too large"),
    smtplib.SMTPAuthenticationError(535, b"wrong password"),
    smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"no such user")}),
    smtplib.SMTPNotSupportedError("no STARTTLS"),
    httpx.UnsupportedProtocol("ftp"),
    requests.exceptions.MissingSchema("x"),
    with_attributes(retriable=False, status_code=503),
    with_attributes(status_code=400),
    with_attributes(status="failed"),
    StoreBusyError("locked"),
    KeyboardInterrupt(),
]


@pytest.mark.parametrize("error", RETRIABLE, ids=repr)
def test_worth_another_attempt(error):
    found = classify(error)
    assert found.retriable
    assert found.__cause__ is error


@pytest.mark.parametrize("error", PERMANENT, ids=repr)
def test_permanent(error):
    assert not classify(error).retriable


@pytest.mark.parametrize("library", ["httpx", "requests", "urllib", "aiohttp"])
@pytest.mark.parametrize(
    ("status", "retriable"),
    [
        (400, False),
        (401, False),
        (404, False),
        (408, True),
        (422, False),
        (425, True),
        (429, True),
        (500, True),
        (504, True),
    ],
)
def test_http_errors_by_their_status(library, status, retriable):
    error = http_error(library, status, {"Retry-After": "7"})
    found = classify(error)
    assert (found.retriable, found.retry_after) == (retriable, 7.0)
    if library == "urllib":
        error.close()


def test_retry_after_as_a_date_is_counted_from_the_clock():
    error = http_error("httpx", 503, {"Retry-After": "Mon, 05 Jan 2026 12:01:30 GMT"})
    assert classify(error, ManualClock(NOON)).retry_after == 90.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("-5", None),
        ("nan", None),
        ("9" * 400, None),
        ("soon", None),
        ("", None),
        ("Mon, 05 Jan 2026 11:00:00 GMT", 0.0),
        ("Mon, 05 Jan 2026 12:00:10 -0000", 10.0),
        ("Mon, 99 Jan 2026 12:00:10 GMT", None),
    ],
)
def test_retry_after_headers(value, expected):
    assert parse_retry_after(value, NOON) == expected


def test_a_delivery_error_passes_as_it_is():
    error = DeliveryError("later", retriable=True, retry_after=5)
    assert classify(error) is error


def test_retry_after_as_an_attribute():
    assert classify(with_attributes(retriable=True, retry_after=12)).retry_after == 12.0


def test_the_text_names_the_class_and_the_servers_words():
    assert classify(smtplib.SMTPDataError(552, b"too large")).message == "SMTPDataError: 552 too large"
    refused = smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"no such user")})
    assert classify(refused).message == "SMTPRecipientsRefused: 550 no such user"
    assert classify(RuntimeError()).message == "RuntimeError"


def test_aiosmtplibs_errors_are_recognised_by_shape():
    refused = type(
        "SMTPRecipientRefused", (Exception,), {"__module__": "aiosmtplib.errors", "code": 451, "message": "later"}
    )
    group = with_attributes(recipients=[refused()])
    assert classify(refused()).retriable
    assert classify(group).message == "RuntimeError: 451 later"


def test_a_property_that_raises_does_not_hide_the_error():
    class Strange(Exception):
        @property
        def response(self):
            raise RuntimeError("not read yet")

    assert classify(Strange("odd")).message == "Strange: odd"


def test_a_classified_error_survives_pickling():
    found = pickle.loads(pickle.dumps(classify(with_attributes(status_code=503, retry_after=3))))
    assert (found.retriable, found.retry_after) == (True, 3.0)
