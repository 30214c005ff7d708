"""What the demonstration works with: a mail server that can be slow, and the app as a process of its own."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

DIGEST_SECONDS = 8
LEASE_SECONDS = 2
SECRET = "demo-secret"  # noqa: S105  # of the demonstration, which lives for a minute
_DEADLINE = 30


class Failed(Exception):
    """Something was not as it should be."""


def check(condition: bool, otherwise: str) -> None:
    """Raise Failed with ``otherwise`` unless the condition holds."""
    if not condition:
        raise Failed(otherwise)


def say(text: str) -> None:
    """Print a line of the story."""
    print(f"\n>>> {text}", flush=True)


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mailbox:
    """A real SMTP server that keeps what it accepts."""

    def __init__(self) -> None:
        self.port = free_port()
        self._mails: list[tuple[str, Message[str, str]]] = []
        self._asked = threading.Event()
        self._open = threading.Event()
        self._open.set()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Mailbox:
        self._controller.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.set()
        self._controller.stop()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  # aiosmtpd's name
        """Accept a recipient, or keep the client waiting while the mailbox is held."""
        import asyncio

        self._asked.set()
        while not self._open.is_set():
            await asyncio.sleep(0.05)
        if address.startswith("Nobody@"):
            print(f"    mail server: 550 5.1.1 no such user: {address}", flush=True)
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        """Keep the message."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        subject = str(message["subject"])
        for address in envelope.rcpt_tos:
            self._mails.append((address, message))
            print(f"    mail server: {subject!r} for {address}", flush=True)
        return "250 OK"

    def hold(self) -> None:
        """Be slow from now on."""
        self._asked.clear()
        self._open.clear()

    def release(self) -> None:
        """Be quick again."""
        self._open.set()

    def wait_until_asked(self) -> bool:
        """Wait until a client is being kept waiting."""
        return self._asked.wait(_DEADLINE)

    def to(self, address: str) -> list[str]:
        """Return the subjects of what was accepted for an address."""
        return [str(message["subject"]) for recipient, message in self._mails if recipient == address]

    def wait_for(self, address: str) -> Message[str, str]:
        """Return the first mail for an address, once it is there."""
        deadline = time.monotonic() + _DEADLINE
        while True:
            for recipient, message in list(self._mails):
                if recipient == address:
                    return message
            check(time.monotonic() < deadline, f"no mail came for {address}")
            time.sleep(0.05)


class Server:
    """The example app under gunicorn, its data in one folder that outlives the process."""

    def __init__(self, folder: Path, smtp_port: int) -> None:
        self._folder = folder
        self._port = free_port()
        self._smtp_port = smtp_port
        self._process: subprocess.Popen[bytes] | None = None
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def start(self) -> None:
        """Start and wait until it answers."""
        environment = {
            **os.environ,
            "EXAMPLE_INSTANCE_PATH": str(self._folder),
            "EXAMPLE_DIGEST_SECONDS": str(DIGEST_SECONDS),
            "NOVU_SECRET_KEY": SECRET,
            "NOVU_PUBLIC_URL": f"http://127.0.0.1:{self._port}",
            "NOVU_LEASE_SECONDS": str(LEASE_SECONDS),
            "NOVU_DELIVERY": json.dumps({"email": f"smtp://127.0.0.1:{self._smtp_port}?from=hello@example.org"}),
        }
        command = [sys.executable, "-m", "gunicorn", "--threads", "4", "--bind", f"127.0.0.1:{self._port}"]
        with self._log_file().open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "example_app:create_app()"], env=environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + _DEADLINE
        while True:
            try:
                self._open("/api/novu/health")
                return
            except (urllib.error.URLError, ConnectionError):
                check(time.monotonic() < deadline, "the app did not start")
                time.sleep(0.05)

    def kill(self) -> None:
        """Kill the whole process group with -9."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    stop = kill

    def log(self) -> str:
        """Return what the app wrote."""
        return self._log_file().read_text("utf-8", "replace")[-4000:] if self._log_file().exists() else ""

    def _log_file(self) -> Path:
        return self._folder / "gunicorn.log"

    def _open(self, path: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}{path}", data, headers or {})
        with self._browser.open(request, timeout=_DEADLINE) as response:
            found: bytes = response.read()
            return found

    def post(self, path: str, form: dict[str, str]) -> None:
        """Submit a form as the user who is logged in."""
        self._open(path, urllib.parse.urlencode(form).encode())

    def log_in(self, name: str, wait: bool = True) -> None:
        """Log in; ``wait=False`` leaves the request running."""
        form = {"name": name, "email": f"{name}@example.org"}
        if wait:
            self.post("/login", form)
        else:
            threading.Thread(target=self._post_in_vain, args=("/login", form), daemon=True).start()

    def _post_in_vain(self, path: str, form: dict[str, str]) -> None:
        try:
            self.post(path, form)
        except (OSError, http.client.HTTPException):  # the server is killed meanwhile
            return

    def executions(self, **filters: str) -> list[dict[str, Any]]:
        """Return the history from the HTTP API."""
        query = urllib.parse.urlencode({"limit": "100", **filters})
        items: list[dict[str, Any]] = self.get(f"/executions?{query}")["items"]
        return items

    def get(self, path: str) -> dict[str, Any]:
        """Return what the HTTP API has there."""
        return self._api("GET", path)

    def remove(self, path: str) -> None:
        """Ask the HTTP API to remove something."""
        self._api("DELETE", path)

    def execute(self, workflow_id: str, to: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Trigger a workflow by the HTTP API, and return its run."""
        return self._api("POST", f"/workflows/{workflow_id}/execute", {"to": to, "payload": payload})

    def _api(self, method: str, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"ApiKey {SECRET}", "Content-Type": "application/json"}
        body = None if data is None else json.dumps(data).encode()
        url = f"http://127.0.0.1:{self._port}/api/novu{path}"
        request = urllib.request.Request(url, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=_DEADLINE) as response:
            found: dict[str, Any] = json.load(response)
            return found

    def click(self, link: str) -> None:
        """Post what a mailbox posts to the link of a List-Unsubscribe."""
        with urllib.request.urlopen(link, b"List-Unsubscribe=One-Click", timeout=_DEADLINE) as response:
            check(response.status == 200, f"unsubscribing was answered {response.status}")

    def wait_for(self, workflow_id: str, count: int, status: str, **filters: str) -> list[dict[str, Any]]:
        """Wait until so many runs of a workflow have a status, and return them."""
        deadline = time.monotonic() + _DEADLINE
        while True:
            runs = self.executions(workflow_id=workflow_id, status=status, **filters)
            if len(runs) >= count:
                return runs
            check(time.monotonic() < deadline, f"{len(runs)} of {count} runs of {workflow_id} became {status}")
            time.sleep(0.1)

    def timeline(self, run: dict[str, Any]) -> None:
        """Print what became of each step."""
        print(f"    {run['workflow_id']} for {run['subscriber']['subscriberId']}: {run['status']}")
        for step in run["steps"]:
            at = (step["completed_at"] or "")[11:19]
            print(f"      {at}  {step['type']:8} {step['step_id']:16} {_told(step)}")

    def count_messages(self, channel: str, workflow_id: str) -> int:
        """Count the stored messages, read from the one SQLite file."""
        with sqlite3.connect(self._folder / "app.db") as database:
            sql = "SELECT count(*) FROM novu_messages WHERE channel = ? AND workflow_id = ?"
            count = int(database.execute(sql, (channel, workflow_id)).fetchone()[0])
        database.close()
        return count


def _told(step: dict[str, Any]) -> str:
    reason = step["reason"] or (step["error"] or {}).get("message")
    return f"{step['outcome'] or step['status']}{f' ({reason})' if reason else ''}"
