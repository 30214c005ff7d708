"""Real servers: every worker class of gunicorn runs workflows, retries deliveries, and ends when it is asked to."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.processes import until

pytest.importorskip("gunicorn")
HERE = Path(__file__).parent
MAIL = {"subscriberId": "ada", "email": "ada@example.org"}
KINDS = {
    "sync": [],
    "gthread": ["-k", "gthread", "--threads", "4"],
    "preload": ["--preload", "-w", "2", "-k", "gthread", "--threads", "2"],
    "gevent": ["-k", "gevent"],
}


def call(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        data = json.dumps(body).encode() if body is not None else None
        connection.request(method, "/api/novu" + path, data, {"content-type": "application/json"} if data else {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def gunicorn(folder, *options, app="server_app:make()"):
    port, log = free_port(), folder / "log"
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "--graceful-timeout", "5", *options]
    environment = {
        **os.environ,
        "SERVER_FOLDER": str(folder),
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, app], env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            until(lambda: call(port, "GET", "/health")[0] == 200, log)
            yield port
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0, log.read_text()
        finally:
            with suppress(ProcessLookupError):  # workers that hang outlive their parent
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_server_runs_retries_and_ends(tmp_path, kind):
    if kind == "gevent":
        pytest.importorskip("gevent")
    with gunicorn(tmp_path, *KINDS[kind]) as port:
        status, done = call(port, "POST", "/workflows/bell/execute", {"to": "ada", "payload": {"n": 1}})
        assert (status, done["step_results"]["inbox"]["body"]) == (200, "served 1")

        status, waiting = call(port, "POST", "/workflows/mail/execute", {"to": MAIL})
        assert (status, waiting["status"]) == (202, "running")
        path = f"/executions/{waiting['execution_id']}"
        until(lambda: call(port, "GET", path)[1]["status"] == "completed")
        [attempt] = call(port, "GET", path)[1]["steps"][0]["attempts"]
        assert attempt["error"]["type"] == "DeliveryError"
        assert "message" not in attempt["error"]  # what a provider says may hold secrets

        status, _ = call(port, "POST", "/workflows/bell/execute", {"to": ["b", "c"], "transaction_id": "several"})
        assert status == 202
        completed = "/executions?transaction_id=several&status=completed"
        until(lambda: len(call(port, "GET", completed)[1]["items"]) == 2)


@pytest.mark.parametrize("options", [[], ["--preload", "-w", "2"]], ids=["", "preload"])
def test_greenlets_await_and_block_at_the_same_time(tmp_path, options):
    """Also while the worker's greenlet flushes digests; and when gevent patches after the app was imported."""
    pytest.importorskip("gevent")
    plain = ["async-with-sleep", "async-without-sleep", "async-send", "async-resolver", "sync-send"]
    with gunicorn(tmp_path, "-k", "gevent", *options, app="greenlet_app:make()") as port:

        def trigger(workflow, to):
            return call(port, "POST", f"/workflows/{workflow}/execute", {"to": to})

        def at_once(workflow, number, together):
            with ThreadPoolExecutor(together) as pool:
                return list(pool.map(trigger, [workflow] * number, users[:number]))

        users = [{"subscriberId": f"user-{number}", "phone": "+15550100"} for number in range(24)]

        assert {status for status, _ in at_once("async-digest", 20, 20)} == {202}
        for workflow in (*plain, "blocking-inside"):
            for number, together in ((24, 6), (20, 20)):
                answers = at_once(workflow, number, together)
                assert Counter((status, body.get("status")) for status, body in answers) == {(200, "completed"): number}
        for workflow in plain:
            assert trigger(workflow, users[:20])[0] == 202  # several are the worker's
        expected = Counter(dict.fromkeys(plain, 24 + 20 + 20))
        expected.update({"async-digest": 20, "blocking-inside": 44, "async-resolver": 44})
        sent = tmp_path / "sent"
        until(lambda: sum(expected.values()) == len(sent.read_text().splitlines()), tmp_path / "log")
        assert Counter(line.split()[0] for line in sent.read_text().splitlines()) == expected


@pytest.mark.parametrize("text", ["<pre>" + " " * 60_000 + "x</pre>", "<a>x" * 20_000], ids=["blanks", "links"])
def test_a_long_comment_holds_nobody_up_and_is_sent_once_to_each(tmp_path, text):
    options = ["-w", "2", "-k", "gthread", "--threads", "2"]
    with gunicorn(tmp_path, *options, app="comments_app:make()") as port:
        people = [{"subscriberId": name, "email": f"{name}@example.org"} for name in ("ada", "bob")]
        body = {"to": people, "payload": {"text": text}, "transaction_id": "comment"}
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(call, port, "POST", "/workflows/comment/execute", body)
            until(lambda: call(port, "GET", "/health")[0] == 200, seconds=2)
            assert asked.result()[0] in (200, 202)
        completed = "/executions?transaction_id=comment&status=completed"
        until(lambda: len(call(port, "GET", completed)[1]["items"]) == 2, tmp_path / "log", seconds=8)
    assert sorted((tmp_path / "sent").read_text().split()) == ["ada@example.org", "bob@example.org"]


async def ask_at_once(port, count):
    """Open so many connections, then send a trigger on each of them; return the statuses."""
    open_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(open_files[0], min(4096, open_files[1])), open_files[1]))
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]

    async def ask(number, reader, writer):
        body = json.dumps({"to": f"user-{number}", "payload": {"n": number}})
        head = f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close"
        writer.write(f"POST /api/novu/workflows/bell/execute HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n{body}".encode())
        status = (await reader.readline()).split()[1]
        await reader.read()
        writer.close()
        return int(status)

    return await asyncio.gather(*(ask(number, *pair) for number, pair in enumerate(connections)))


def test_a_thousand_triggers_at_once(tmp_path):
    with gunicorn(tmp_path, "-w", "2", "-k", "gthread", "--threads", "8", "--keep-alive", "30") as port:
        assert Counter(asyncio.run(ask_at_once(port, 1000))) == {200: 1000}
    with sqlite3.connect(tmp_path / "novu.db") as database:
        [(count,)] = database.execute("SELECT count(*) FROM novu_executions WHERE status = 'completed'")
        assert count == 1000
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


@pytest.mark.parametrize("kind", ["sync", "gthread", "gevent"])
def test_a_body_whose_chunks_are_no_chunks_is_400_in_json(tmp_path, kind):
    """Without a key too: nobody fills the log so. The folder's log holds no trace."""
    if kind == "gevent":
        pytest.importorskip("gevent")
    head = b"POST /api/novu/workflows/bell/execute HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with gunicorn(tmp_path, *KINDS[kind]) as port:
        for body in (b"zz\r\nabc\r\n0\r\n\r\n", b"-5\r\nabcde\r\n0\r\n\r\n", b"5\r\nab", b"5"):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as caller:
                caller.sendall(head + body)
                caller.shutdown(socket.SHUT_WR)
                answer = caller.makefile("rb").read()
            assert answer.startswith(b"HTTP/1.1 400 "), answer
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["error_type"] == "RequestInvalidError"
