"""The bridge against @novu/framework: signed execute, preview and discover, and health; one server core, interleaved.

python -m benchmarks.bridge [--quick] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.bridge_app import CONTROL_SCHEMA, PAYLOAD_SCHEMA, SECRET
from benchmarks.common import ROOT, Load, Server, http, percentile, python, running, table
from novu_core.bridge.signature import sign
from novu_core.javascript.canonical import encode

PEER = "express"
PEER_PACKAGES = ["@novu/framework@2.13.2", "express@5", "zod", "zod-to-json-schema"]
PEER_FOLDER = Path.home() / ".cache" / "flask-novu" / "peer"
PREFIX = "/api/novu"
BODY = encode(
    {
        "payload": {"name": "Ann", "comment": "Nice post & <b>well</b> written", "post": {"id": 7, "title": "Hello"}},
        "controls": {},
        "state": [
            {
                "stepId": "inbox",
                "outputs": {"seen": False, "read": False, "lastSeenDate": None, "lastReadDate": None},
                "state": {"status": "completed"},
            }
        ],
        "subscriber": {"subscriberId": "s1", "firstName": "Bob", "email": "bob@example.com"},
        "context": {},
    }
)
# Budget 1 of README.md: requests a second on signed execute, over express in the same run: floor and goal.
BUDGETS = {"flask gunicorn": (1.1, 1.45), "flask granian": (1.5, 2.0), "fastapi uvicorn": (1.8, 2.3)}


def main() -> int:
    """Measure and print; 0 if every budget is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bridge", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds: about 20 seconds")
    parser.add_argument("--json", type=Path, help="write the medians there too")
    options = parser.parse_args()
    rounds, seconds = (3, 0.4) if options.quick else (7, 1.5)

    servers = _servers()
    requests = _requests()
    found: dict[tuple[str, str], list[Load]] = defaultdict(list)
    with running(servers, requests["health"]):
        for server in servers:
            _check(server, requests)
        for action, request in requests.items():
            for server in servers:
                server.load(request, 0.3)
            for _ in range(rounds):
                for server in servers:
                    found[action, server.name].append(server.load(request, seconds))
    rates = {key: statistics.median(load.rate for load in loads) for key, loads in found.items()}
    for action in requests:
        print(f"\n{action}\n{_table(action, servers, found, rates)}")
    if options.json:
        figures = {f"{action} {name}": round(rate, 1) for (action, name), rate in rates.items()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0 if _verdict({server.name: rates["execute", server.name] for server in servers}) else 1


def _servers() -> list[Server]:
    """Ours, and the peer where node can run it."""
    flask, fastapi = "benchmarks.bridge_app:make_flask", "benchmarks.bridge_app:make_fastapi"
    granian = python("-m", "granian", "--host", "127.0.0.1", "--port", "{port}", "--no-log", "--factory")
    gunicorn = python(
        "-m", "gunicorn", "-b", "127.0.0.1:{port}", "-k", "gthread", "--threads", "8", "--keep-alive", "60"
    )
    uvicorn = python("-m", "uvicorn", "--port", "{port}", "--log-level", "error", "--no-access-log", "--factory")
    servers = [
        Server("flask gunicorn", [*gunicorn, "--log-level", "error", f"{flask}()"]),
        Server("flask granian", [*granian, "--interface", "wsgi", "--blocking-threads", "1", flask]),
        Server("fastapi granian", [*granian, "--interface", "asgi", fastapi]),
        Server("fastapi uvicorn", [*uvicorn, fastapi]),
    ]
    peer = _install_peer()
    return [peer, *servers] if peer else servers


def _install_peer() -> Server | None:
    """The peer's server, installed from npm at first use; None, with a notice, where that cannot be."""
    if not (shutil.which("node") and shutil.which("npm")):
        print("node and npm are not here: measured without @novu/framework, so there are no ratios.")
        return None
    if not (PEER_FOLDER / "node_modules" / "@novu" / "framework").is_dir():
        PEER_FOLDER.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(PEER_FOLDER), *PEER_PACKAGES]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"npm could not install @novu/framework, so there are no ratios:\n{done.stderr[-500:]}")
            return None
    script = PEER_FOLDER / "express.mjs"  # node looks for packages beside the script
    shutil.copy(ROOT / "benchmarks" / "peer" / "express.mjs", script)
    command = ["node", str(script), "{port}", json.dumps(PAYLOAD_SCHEMA), json.dumps(CONTROL_SCHEMA)]
    return Server(PEER, command, {"NODE_ENV": "production", "NOVU_SECRET_KEY": SECRET})


def _requests() -> dict[str, bytes]:
    """The requests by action, signed now: good for five minutes, and a run takes two."""
    now = int(time.time() * 1000)

    def signed(payload: bytes) -> dict[str, str]:
        return {"content-type": "application/json", "novu-signature": sign(SECRET, now, payload)}

    target = "&workflowId=comment&stepId=mail"
    return {
        "execute": http("POST", f"{PREFIX}?action=execute{target}", signed(BODY), BODY),
        "preview": http("POST", f"{PREFIX}?action=preview{target}", signed(BODY), BODY),
        "discover": http("GET", f"{PREFIX}?action=discover", signed(b"{}")),
        "health": http("GET", f"{PREFIX}?action=health-check"),
    }


def _check(server: Server, requests: dict[str, bytes]) -> None:
    """Refuse to measure a server that does not do the work."""
    for action in ("execute", "preview"):
        outputs = json.loads(server.ask(requests[action]).partition(b"\r\n\r\n")[2]).get("outputs", {})
        if (
            outputs.get("subject") != "Ann commented on Hello"
            or "ANN wrote: Nice post &amp; <b>" not in outputs["body"]
        ):
            raise RuntimeError(f"{server.name} answers {action} with {outputs}")


def _table(
    action: str, servers: list[Server], found: dict[tuple[str, str], list[Load]], rates: dict[tuple[str, str], float]
) -> str:
    peer = rates.get((action, PEER))
    rows = []
    for server in servers:
        loads = found[action, server.name]
        latencies = [latency for load in loads for latency in load.latencies]
        rate = rates[action, server.name]
        rows.append(
            [
                server.name,
                f"{rate:.0f}",
                f"{rate / peer:.2f}" if peer else "-",
                f"{statistics.median(load.cpu_microseconds for load in loads):.0f}",
                f"{1000 * percentile(latencies, 50):.2f}",
                f"{1000 * percentile(latencies, 99):.2f}",
            ]
        )
    return table(["server", "requests/s", f"x {PEER}", "CPU us", "p50 ms", "p99 ms"], rows)


def _verdict(execute: dict[str, float]) -> bool:
    """Print what the budgets ask and whether it holds."""
    print()
    verdicts = []
    if PEER in execute:
        for name, (floor, goal) in BUDGETS.items():
            ratio = execute[name] / execute[PEER]
            verdicts.append(ratio >= floor)
            held = "met" if verdicts[-1] else "MISSED"
            print(f"budget 1: {name}: {ratio:.2f}x {PEER} (floor {floor}, goal {goal}): {held}")
    ratio = execute["flask granian"] / execute["fastapi granian"]
    verdicts.append(ratio >= 0.9)
    print(f"budget 2: flask / fastapi on granian: {ratio:.2f} (floor 0.9): {'met' if verdicts[-1] else 'MISSED'}")
    return all(verdicts)


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    raise SystemExit(main())
