"""Many clients, several processes, and servers that hand over nothing."""

from __future__ import annotations

import json
import resource
import subprocess
import time
from contextlib import ExitStack

import pytest

from novu_core import Client
from tests.live.served import PLAIN, Live, Refused, call, free_port, serving
from tests.live.test_servers import command

MOST = 1000
GUNICORN = ["-m", "gunicorn", "-b", "127.0.0.1:{port}", "--access-logfile", "-"]


def gunicorn(port: int, *options: str) -> list[str]:
    return [part.format(port=port) for part in (*GUNICORN, *options, "flask_live:app")]


@pytest.fixture
def many_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * MOST + 100:
        pytest.skip("too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * MOST + 100), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_idle_clients_and_not_one_more(tmp_path, store, many_files):
    port, token = free_port(), store.inbox("ada").token()
    idle = store.inbox("idle").token()
    with serving(tmp_path, gunicorn(port, "-k", "gthread", "--threads", "4"), port), ExitStack() as stack:
        for number in range(MOST):
            client = Live(port, f"{PLAIN}?token={idle if number else token}", seconds=60)
            stack.callback(client.close)
            first = first if number else client  # noqa: F821  # the first round sets it
        with pytest.raises(Refused) as refused:
            Live(port, f"{PLAIN}?token={token}")
        assert refused.value.status == 503
        assert json.loads(refused.value.body)["statusCode"] == 503
        assert first.greeted() == (0, 0)
        for _ in range(10):
            assert call(port, "POST", "/send/ada")[0] == 200
            assert first.event()[0] == "notification_received"
            first.event()
            first.event()
        client.close()
        again = _connected(port, f"{PLAIN}?token={token}")
        assert again.greeted() == (10, 10)
        again.close()


def _connected(port: int, target: str) -> Live:
    """Connect to a full house that a client has just left."""
    end = time.monotonic() + 15
    while True:
        try:
            return Live(port, target)
        except Refused:
            assert time.monotonic() < end


@pytest.mark.parametrize("options", [(), ("--preload",)])
def test_several_workers_over_one_store(tmp_path, store, options):
    port, token = free_port(), store.inbox("ada").token()
    workers = gunicorn(port, "-w", "2", "-k", "gthread", "--threads", "2", *options)
    with serving(tmp_path, workers, port), ExitStack() as stack:
        clients = [Live(port, f"{PLAIN}?token={token}") for _ in range(16)]
        for client in clients:
            stack.callback(client.close)
            assert client.greeted() == (0, 0)
        sent = 0
        processes = set()
        while len(processes) < 2:  # each of them sends to the clients of both
            processes.add(call(port, "POST", "/send/ada")[1])
            sent += 1
            for client in clients:
                assert client.event()[0] == "notification_received"
                assert client.greeted() == (sent, sent)


def test_postgresql(tmp_path, postgres_url):
    port = free_port()
    settings = {"NOVU_STORE_URL": postgres_url, "NOVU_SECRET_KEY": "live-secret", "NOVU_WORKER": "none"}
    with Client(settings, []) as here:
        token = here.inbox("ada").token()
        with serving(tmp_path, command("gunicorn gthread", port), port, environ={"LIVE_STORE": postgres_url}):
            client = Live(port, f"{PLAIN}?token={token}")
            assert client.greeted() == (0, 0)
            assert call(port, "POST", "/send/ada")[0] == 200
            assert client.event()[0] == "notification_received"
            assert client.greeted() == (1, 1)
            here.inbox("ada").mark_all(read=True)
            assert client.greeted() == (0, 0)
            client.close()


def test_tls_is_left_to_the_server(tmp_path, store):
    import ssl

    port = free_port()
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    options = ("-k", "gthread", "--threads", "2", "--keyfile", str(key), "--certfile", str(certificate))
    with serving(tmp_path, gunicorn(port, *options), port), pytest.raises(Refused) as refused:
        Live(port, f"{PLAIN}?token={store.inbox('ada').token()}", tls=context)
    assert refused.value.status == 501
    assert "flask novu live" in json.loads(refused.value.body)["message"]


@pytest.mark.parametrize("server", ["gunicorn gthread", "uvicorn", "django: gunicorn gthread", "django: uvicorn"])
def test_no_log_has_a_token(tmp_path, store, server):
    """Not ours, and not the server's, which logs what it is asked for."""
    port, token = free_port(), store.inbox("ada").token()
    with serving(tmp_path, command(server, port), port):
        client = Live(port, f"{PLAIN}?token={token}")
        client.greeted()
        client.close()
        for refused in (f"{PLAIN}?token={token}x", f"{PLAIN}?token={token}&origin"):
            headers = [(b"origin", b"https://evil.example")] if refused.endswith("origin") else []
            with pytest.raises(Refused):
                Live(port, refused, headers=headers)
    log = (tmp_path / f"log-{port}").read_text()
    assert PLAIN in log
    assert token[:40] not in log
