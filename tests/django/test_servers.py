"""The project under real servers: gunicorn (WSGI), uvicorn (ASGI) and runserver."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from novu_core.aio import MOST_THREADS
from tests.processes import until

KEY = {"authorization": "ApiKey key", "content-type": "application/json"}
SERVERS = {
    "gunicorn": ["-m", "gunicorn", "-k", "gthread", "--threads", "4", "-b", "127.0.0.1:{port}", "config.wsgi"],
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "config.asgi:application"],
    "runserver": ["manage.py", "runserver", "--noreload", "{port}"],
}


@contextmanager
def serving(project, server, settings=""):
    if server != "runserver":
        pytest.importorskip(server)
    project.append("config/settings.py", settings)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    log = project.folder / "log"
    command = [part.format(port=port) for part in SERVERS[server]]
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=project.folder, env=project.environment, stdout=output, stderr=output
        )
        try:
            until(lambda: call(port, "GET", "/api/novu/health")[0] == 200, log, seconds=20)
            yield port
            process.send_signal(signal.SIGTERM)
            process.wait(10)
        finally:
            process.kill()
            process.wait()
    assert "Traceback" not in log.read_text().partition("the project's own")[0], log.read_text()


def call(port, method, path, body=None, headers=KEY):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text.decode()
    finally:
        connection.close()


@pytest.mark.parametrize("server", SERVERS)
def test_views_trigger_a_worker_digests_and_the_routes_answer(migrated, server):
    with serving(migrated, server) as port:
        for outcome in ("running", "completed"):  # the second is merged into the first one's digest
            status, made = call(port, "GET", "/order/ada/")
            assert (status, made["status"], made["workers"]) == (200, outcome, ["novu-worker"])
        until(lambda: (migrated.folder / "mails").exists(), seconds=20)
        [mail] = (migrated.folder / "mails").read_text().splitlines()
        assert json.loads(mail) == {"to": "ada@example.org", "subject": "2 orders", "body": "Thank you!"}
        ended = "/api/novu/executions?workflow_id=ordered&status=completed"  # a run ends after its mail
        until(lambda: len(call(port, "GET", ended)[1]["items"]) == 2, seconds=20)

        status, done = call(
            port, "POST", "/api/novu/workflows/ordered-async/execute", {"to": "b", "payload": {"order": 1}}
        )
        assert (status, done["step_results"]["bell"]["body"]) == (200, "Order 1 of ada")

        for path in ("/api/novu", "/api/novu/"):  # neither is redirected, whatever APPEND_SLASH says
            status, refused = call(port, "POST", f"{path}?action=execute&workflowId=hello&stepId=inbox", {})
            assert (status, refused["code"]) == (401, "SignatureNotFoundError")
        assert call(port, "GET", "/api/novu/executions", headers={})[0] == 401


@pytest.mark.parametrize("server", ["gunicorn", "uvicorn"])
def test_the_projects_own_routes_and_error_pages_are_unchanged(migrated, server):
    with serving(migrated, server) as port:
        assert call(port, "GET", "/nowhere/") == (404, "the project's 404")
        assert call(port, "GET", "/api/novu2/nowhere") == (404, "the project's 404")
        assert call(port, "GET", "/broken/") == (500, "the project's 500")
        assert call(port, "GET", "/order/ada")[0] == 301  # APPEND_SLASH goes on
        assert call(port, "POST", "/order/ada/")[0] == 403  # and so does the CSRF check
        assert call(port, "GET", "/api/novu/nowhere")[1]["error_type"] == "PathNotFoundError"
        status, found = call(port, "GET", "/api/novu/executions/a%2Fb?limit=1")  # as the server was asked
        assert (status, found["error_type"]) == (404, "ExecutionNotFoundError")
        assert "`a/b`" in found["detail"]


@pytest.mark.parametrize("server", ["gunicorn", "uvicorn"])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_limit_of_a_body_is_ours(migrated, server, chunked):
    settings = "DATA_UPLOAD_MAX_MEMORY_SIZE = 10\nNOVU_MAX_BODY_BYTES = 2000"
    with serving(migrated, server, settings) as port:
        for size, status in ((100, 200), (5000, 413)):
            data = json.dumps({"to": "ada", "payload": {"name": "x" * size}}).encode()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            body = iter([data[:50], data[50:]]) if chunked else data
            connection.request("POST", "/api/novu/workflows/hello/execute", body, KEY, encode_chunked=chunked)
            answer = connection.getresponse()
            assert answer.status == status, answer.read()
            connection.close()


@pytest.mark.parametrize("server", ["runserver", "uvicorn"])
def test_the_log_says_where_the_studio_is(migrated, server):
    with serving(migrated, server, "DEBUG = True") as port:
        log = (migrated.folder / "log").read_text()
    assert log.count(f"The Studio: http://127.0.0.1:{port}/api/novu/studio\n") == 1


def test_a_caller_that_hangs_up_does_not_cut_a_run(migrated):
    with serving(migrated, "uvicorn") as port:
        body = json.dumps({"to": "ada"})
        with socket.create_connection(("127.0.0.1", port)) as caller:
            head = f"authorization: ApiKey key\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
            caller.sendall(
                f"POST /api/novu/workflows/patient/execute HTTP/1.1\r\nhost: 127.0.0.1\r\n{head}\r\n\r\n{body}".encode()
            )
            until((migrated.folder / "entered").exists, seconds=20)
        assert call(port, "GET", "/api/novu/health")[0] == 200  # by now the server has seen it go
        (migrated.folder / "go").touch()
        until(lambda: call(port, "GET", "/api/novu/executions")[1]["items"][0]["status"] == "completed", seconds=10)


@pytest.mark.parametrize("server", ["gunicorn", "uvicorn"])
def test_routes_are_open_to_who_has_the_key_behind_a_login_and_atomic_requests(migrated, server):
    settings = (
        "DATABASES['default']['ATOMIC_REQUESTS'] = True\n"
        "INSTALLED_APPS += ['django.contrib.sessions']\n"
        "MIDDLEWARE += ['django.contrib.sessions.middleware.SessionMiddleware',\n"
        "  'django.contrib.auth.middleware.AuthenticationMiddleware',\n"
        "  'django.contrib.auth.middleware.LoginRequiredMiddleware']"
    )
    with serving(migrated, server, settings) as port:
        assert call(port, "GET", "/order/ada/")[0] == 302
        status, done = call(port, "POST", "/api/novu/workflows/hello/execute", {"to": "a", "payload": {"name": "A"}})
        assert (status, done["step_results"]["inbox"]["body"]) == (200, "hi A!")


def test_probes_and_reads_do_not_wait_for_runs(migrated):
    answers, begun = [], migrated.folder / "begun"
    with serving(migrated, "uvicorn") as port:

        def execute():
            answers.append(call(port, "POST", "/api/novu/workflows/busy/execute", {"to": "ada"})[0])

        threads = [threading.Thread(target=execute) for _ in range(MOST_THREADS + 8)]
        for thread in threads:
            thread.start()
        until(lambda: begun.exists() and len(begun.read_text()) == MOST_THREADS, migrated.folder / "log", seconds=60)
        assert call(port, "GET", "/api/novu/health")[0] == 200
        assert call(port, "GET", "/api/novu/executions?limit=1")[1]["items"][0]["status"] == "running"
        assert call(port, "GET", "/broken/") == (500, "the project's 500")  # a sync view of the project's
        assert answers == []
        (migrated.folder / "go").touch()
        for thread in threads:
            thread.join(60)
    assert answers == [200] * (MOST_THREADS + 8)
