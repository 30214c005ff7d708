"""Failover: a service like Twilio that has enough for now, and the provider after it."""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from example_app.demo_parts import SECRET, Failed, check, say
from novu_core import Client, Registry, Retry

registry = Registry()
RETRY_AFTER = 1


@registry.workflow("login-code", retry=Retry(attempts=2, base=0.1))
def login_code(step):  # type: ignore[no-untyped-def]  # as an app would write it
    """Send a code by text message."""
    step.sms("text", {"body": "Your code is 123456"})


@contextmanager
def service(name: str, status: int, answer: Mapping[str, object], headers: dict[str, str]) -> Generator[str]:
    """A server that gives one answer to everything, and prints what it was asked; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            self.rfile.read(int(self.headers["Content-Length"]))
            print(f"    {name}: POST {self.path} -> {status}", flush=True)
            body = json.dumps(answer).encode()
            self.send_response(status)
            for header, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def failover() -> None:
    """Let the first provider answer 429 twice; the second one delivers."""
    say("A text message: the first provider, which speaks like Twilio, answers 429 and asks for a second.")
    busy = {"code": 20429, "message": "Too Many Requests", "status": 429}
    with (
        tempfile.TemporaryDirectory(prefix="novu-demo-") as folder,
        service("twilio", 429, busy, {"Retry-After": str(RETRY_AFTER)}) as first,
        service("second", 202, {"id": "sms-1"}, {}) as second,
    ):
        urls = [f"twilio://AC123:{SECRET}@api.twilio.com?from=+15550199&base_url={first}", f"{second}/sms"]
        settings = {"store_url": f"sqlite:///{folder}/novu.db", "worker": "none", "delivery": {"sms": urls}}
        with Client(settings, registry) as client:
            result = client.trigger(login_code, to={"subscriberId": "ada", "phone": "+15550100"})
            while client.worker.run_due() or client.executions.get(result.execution_id).status == "running":
                threading.Event().wait(0.1)
            run = client.executions.get(result.execution_id)
            for attempt in run.steps[0].attempts:
                print(f"    {attempt['error']['message'][:110]}")
            messages = client.messages.list().items
    told = [attempt["error"]["message"] for attempt in run.steps[0].attempts]
    check(len(told) == 2 and SECRET not in "".join(told), f"expected two refusals without a secret, found {told}")
    check(run.status == "completed" and len(messages) == 1, f"the text message was not delivered: {run.error}")
    say(f"Delivered once, by {messages[0].provider!r} as {messages[0].provider_message_id!r}; no secret in any error.")


if __name__ == "__main__":
    try:
        failover()
    except Failed as error:
        sys.exit(str(error))
