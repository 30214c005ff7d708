"""Messages as HTTP posts: what is sent, and which answers are worth another attempt."""

from __future__ import annotations

import base64
import json
import socket
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from novu_core.clock import ManualClock
from novu_core.delivery import Delivery, Webhook
from novu_core.errors import ConfigurationError, DeliveryError

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def endpoint():
    """A server that keeps its requests and answers with ``status``, ``headers`` and ``body``."""
    state = SimpleNamespace(requests=[], status=200, headers={}, body=b"", promise=None)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.requests.append(SimpleNamespace(path=self.path, headers=self.headers, json=json.loads(body)))
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(state.promise or len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        do_GET = do_POST

        def log_message(self, *args):
            """Quiet."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            """A client that reads no further is part of these tests."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        state.host = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def failure(provider, message):
    with pytest.raises(DeliveryError) as failed:
        provider.send(message)
    return failed.value


def test_the_message_is_posted_as_json(endpoint, make_message):
    endpoint.status, endpoint.body = 202, b'{"id": "m-1"}'
    delivery = Webhook(f"http://{endpoint.host}/hook?x=1", {"X-Token": "t"}).send(
        make_message(channel="sms", to="+15550100")
    )
    (request,) = endpoint.requests
    assert request.path == "/hook?x=1"
    assert (request.headers["Idempotency-Key"], request.headers["X-Token"]) == ("run-1:welcome", "t")
    assert request.headers["Content-Type"] == "application/json"
    assert request.json == {
        "channel": "sms",
        "to": "+15550100",
        "content": {"subject": "Hello", "body": "Hi Ann"},
        "subscriber": {
            "subscriber_id": "ann",
            "email": "ann@example.com",
            "phone": "+15550100",
            "data": {"plan": "pro"},
            "channels": [],
        },
        "idempotency_key": "run-1:welcome",
        "execution_id": "run-1",
        "step_id": "welcome",
        "workflow_id": "onboarding",
        "created_at": "2026-01-05T09:00:00+00:00",
    }
    assert delivery == Delivery("webhook", "m-1", {"status": 202})


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"", None), (b"ok", None), (b"[1]", None), (b'{"id": 7}', "7"), (b'{"id": null}', None), (b"\xff", None)],
)
def test_the_answers_id_is_kept_if_there_is_one(endpoint, make_message, body, expected):
    endpoint.body = body
    assert Webhook(f"http://{endpoint.host}").send(make_message()).id == expected


@pytest.mark.parametrize(
    ("status", "retriable"),
    [
        (301, False),
        (400, False),
        (404, False),
        (408, True),
        (410, False),
        (425, True),
        (429, True),
        (500, True),
        (503, True),
    ],
)
def test_refusals_by_their_status(endpoint, make_message, status, retriable):
    endpoint.status, endpoint.body = status, b"not today"
    error = failure(Webhook(f"http://{endpoint.host}/secret"), make_message())
    assert (error.retriable, error.retry_after) == (retriable, None)
    assert f"{endpoint.host} answered {status}" in error.message
    assert "secret" not in error.message
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("header", "expected"), [("30", 30.0), ("Mon, 05 Jan 2026 12:00:45 GMT", 45.0), ("soon", None)]
)
def test_retry_after(endpoint, make_message, header, expected):
    endpoint.status, endpoint.headers = 429, {"Retry-After": header}
    error = failure(Webhook(f"http://{endpoint.host}", clock=ManualClock(NOON)), make_message())
    assert error.retry_after == expected


def test_redirects_are_not_followed(endpoint, make_message):
    endpoint.status, endpoint.headers = 307, {"Location": f"http://{endpoint.host}/elsewhere"}
    error = failure(Webhook(f"http://{endpoint.host}/"), make_message())
    assert not error.retriable
    assert f"http://{endpoint.host}/elsewhere" in error.message
    assert [request.path for request in endpoint.requests] == ["/"]


def test_a_huge_answer_is_read_only_in_part(endpoint, make_message):
    endpoint.status, endpoint.body = 400, b"x" * 5_000_000
    assert len(failure(Webhook(f"http://{endpoint.host}"), make_message()).message) < 400


def test_an_accepted_message_whose_answer_is_cut_is_delivered(endpoint, make_message):
    endpoint.body, endpoint.promise = b'{"id"', 50
    assert Webhook(f"http://{endpoint.host}").send(make_message()) == Delivery("webhook", None, {"status": 200})


def test_nobody_listening_is_retriable(make_message):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        error = failure(Webhook(f"http://127.0.0.1:{closed.getsockname()[1]}"), make_message())
    assert error.retriable
    assert "did not answer" in error.message


def test_a_server_that_never_answers_is_retriable(make_message):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert failure(Webhook(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.1), make_message()).retriable


def test_a_server_that_hangs_up_is_retriable(make_message):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up():
            connection, _ = server.accept()
            connection.recv(10)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        error = failure(Webhook(f"http://127.0.0.1:{server.getsockname()[1]}"), make_message())
        thread.join()
    assert error.retriable


def test_https_to_a_plain_server_is_an_error(endpoint, make_message):
    assert "SSL" in failure(Webhook(f"https://{endpoint.host}"), make_message()).message


def test_credentials_in_the_url_become_a_header(endpoint, make_message):
    provider = Webhook(f"http://me:p%40ss@{endpoint.host}/x")
    provider.send(make_message())
    assert endpoint.requests[0].headers["Authorization"] == "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert repr(provider) == f"<Webhook to {endpoint.host}>"


def test_any_idempotency_key_makes_one_header(endpoint, make_message):
    Webhook(f"http://{endpoint.host}").send(make_message(idempotency_key="run:grüße\r\nX: y"))
    (request,) = endpoint.requests
    assert request.headers["Idempotency-Key"] == "run:gr%C3%BC%C3%9Fe%0D%0AX:%20y"
    assert request.json["idempotency_key"] == "run:grüße\r\nX: y"


def test_values_without_a_json_form(endpoint, make_message):
    Webhook(f"http://{endpoint.host}").send(make_message({"at": NOON}))
    assert endpoint.requests[0].json["content"]["at"] == "2026-01-05 12:00:00+00:00"
    error = failure(Webhook(f"http://{endpoint.host}"), make_message({"n": float("nan")}))
    assert not error.retriable
    assert "JSON" in error.message


@pytest.mark.parametrize(
    "url",
    ["", "host", "ftp://host", "http://", "http://host:x", "http://ho st", "http://host/\n", "file:///etc/passwd"],
)
def test_urls_that_can_not_be_used(url):
    with pytest.raises(ConfigurationError, match="https://host"):
        Webhook(url)


@pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X\n": "a"}, {"": "x"}, {"X": "grüße"}])
def test_headers_that_can_not_be_sent(headers):
    with pytest.raises(ConfigurationError, match="header"):
        Webhook("http://host", headers)
