"""Servers of event loops whose runs are all busy: probes, reads and the app's own routes wait for none of them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from novu_core.aio import MOST_THREADS
from tests.e2e.test_servers import call, free_port
from tests.processes import until

HERE = Path(__file__).parent
SERVERS = {
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "busy_app:app"],
    "granian": ["-m", "granian", "--interface", "asgi", "--port", "{port}", "busy_app:app"],
}
TO = {"subscriberId": "ada", "email": "a@b.c", "phone": "+491701234567"}


@contextmanager
def serving(folder, server):
    pytest.importorskip(server)
    port, log = free_port(), folder / "log"
    environment = {
        **os.environ,
        "SERVER_FOLDER": str(folder),
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
    }
    command = [part.format(port=port) for part in SERVERS[server]]
    with log.open("w") as output:
        process = subprocess.Popen([sys.executable, *command], env=environment, stdout=output, stderr=output)
        try:
            until(lambda: call(port, "GET", "/health")[0] == 200, log)
            yield port, log
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        finally:
            process.kill()
            process.wait()
    assert "Traceback" not in log.read_text(), log.read_text()


def ping(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/ping")
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


@pytest.mark.parametrize("workflow", ["busy", "sending", "bounded"])
@pytest.mark.parametrize("server", SERVERS)
def test_probes_and_reads_do_not_wait_for_runs(tmp_path, server, workflow):
    """Nothing ends before `go` is there: whatever is answered before did not wait."""
    if (server, workflow) == ("granian", "bounded"):
        pytest.skip("as with uvicorn")
    answers, begun = [], tmp_path / "begun"
    with serving(tmp_path, server) as (port, log):

        def execute():
            answers.append(call(port, "POST", f"/workflows/{workflow}/execute", {"to": TO}))

        threads = [threading.Thread(target=execute) for _ in range(MOST_THREADS + 8)]
        for thread in threads:
            thread.start()
        until(lambda: begun.exists() and len(begun.read_text()) >= MOST_THREADS, log, seconds=60)
        assert call(port, "GET", "/health")[0] == 200
        assert call(port, "GET", "?action=health-check")[0] == 200
        assert ping(port) == "pong"
        status, history = call(port, "GET", "/executions?limit=1")
        assert (status, history["items"][0]["status"]) == (200, "running")
        assert call(port, "GET", f"/workflows/{workflow}")[0] == 200
        assert call(port, "GET", f"/workflows/{workflow}/controls")[0] == 200
        assert call(port, "GET", "/executions/nobody")[0] == 404
        assert call(port, "DELETE", "/triggers/nobody")[0] == 200
        if workflow != "busy":  # an async workflow that waits for nobody needs none of these threads
            assert call(port, "POST", "/workflows/bell/execute", {"to": "ben"})[0] == 200
        assert len(begun.read_text()) == MOST_THREADS
        assert answers == []
        (tmp_path / "go").touch()
        for thread in threads:
            thread.join(60)
    assert {status for status, _ in answers} == {200}
    assert len(answers) == MOST_THREADS + 8
