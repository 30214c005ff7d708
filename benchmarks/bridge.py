"""The bridge against @novu/framework: signed execute, preview and discover, and health; one server core, interleaved.

python -m benchmarks.bridge [--quick] [--json FILE]
python -m benchmarks.bridge --handler [--instructions] [--against FOLDER]

The main case is an order mail of 1.2 KB with five items; a mail of two lines stands beside it. Every server spends
4 seconds of CPU on the order mail before it is measured, since V8 takes that long to reach its speed.
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

from benchmarks import bridge_handler
from benchmarks.bridge_app import SECRET
from benchmarks.bridge_mails import LIGHT, MAILS, ORDER, Mail
from benchmarks.common import ROOT, Load, Server, http, percentile, python, running, table
from novu_core.bridge.signature import sign

PEER, FASTEST_PEER = "express", "h3"
PEER_PACKAGES = ["@novu/framework@2.13.2", "express@5", "h3@1", "zod@3", "zod-to-json-schema@3"]
PEER_FOLDER = Path.home() / ".cache" / "flask-novu" / "peer"
PREFIX = "/api/novu"
WARM = 4.0
# Budget 1: requests a second over a server of the peer's in the same run.
BUDGETS = (
    ("execute", "flask gunicorn", PEER, 1.45),
    ("execute", "flask granian", PEER, 2.0),
    ("execute", "fastapi uvicorn", PEER, 2.0),
    ("execute", "flask granian", FASTEST_PEER, 1.5),
    ("discover", "flask gunicorn", PEER, 1.0),
    ("preview", "flask granian", PEER, 2.0),
    ("health", "flask granian", PEER, 0.9),
)


def main() -> int:
    """Measure and print; 0 if every budget is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bridge", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter and fewer rounds: about 20 seconds")
    parser.add_argument("--json", type=Path, help="write the medians there too")
    parser.add_argument("--handler", action="store_true", help="measure the request handler alone, without a server")
    parser.add_argument("--instructions", action="store_true", help="with --handler: count instructions by valgrind")
    parser.add_argument("--against", type=Path, help="with --handler: another checkout, measured in turns with this")
    options = parser.parse_args()
    if options.handler:
        bridge_handler.main(options.against, instructions=options.instructions)
        return 0
    rounds, seconds = (3, 0.4) if options.quick else (5, 1.5)

    servers = _servers()
    found: dict[tuple[str, str], list[Load]] = defaultdict(list)
    with running(servers, _requests()["health"]):
        for server in servers:
            _check(server, _requests())
            spent = 0.0
            while spent < WARM:
                spent += server.load(_requests()["execute"], 1).cpu_seconds
        for action in _requests():
            for server in servers:
                server.load(_requests()[action], 0.5)
            for _ in range(rounds):
                for server in servers:
                    found[action, server.name].append(server.load(_requests()[action], seconds))
    rates = {key: statistics.median(load.rate for load in loads) for key, loads in found.items()}
    for action in _requests():
        print(f"\n{action}\n{_table(action, servers, found, rates)}")
    if options.json:
        figures = {f"{action} {name}": round(rate, 1) for (action, name), rate in rates.items()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0 if _verdict(rates) else 1


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
    return [*_peers(), *servers]


def _peers() -> list[Server]:
    """The peer's servers, installed from npm at first use; none, with a notice, where that cannot be."""
    if not (shutil.which("node") and shutil.which("npm")):
        print("node and npm are not here: measured without @novu/framework, so there are no ratios.")
        return []
    if not all((PEER_FOLDER / "node_modules" / name).is_dir() for name in ("@novu/framework", PEER, FASTEST_PEER)):
        PEER_FOLDER.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(PEER_FOLDER), *PEER_PACKAGES]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"npm could not install @novu/framework, so there are no ratios:\n{done.stderr[-500:]}")
            return []
    script = PEER_FOLDER / "serve.mjs"  # node looks for packages beside the script
    shutil.copy(ROOT / "benchmarks" / "peer" / "serve.mjs", script)
    environment = {"NODE_ENV": "production", "NOVU_SECRET_KEY": SECRET}
    mails = json.dumps([mail.for_peer for mail in MAILS])
    return [Server(name, ["node", str(script), name, "{port}", mails], environment) for name in (PEER, FASTEST_PEER)]


def _requests() -> dict[str, bytes]:
    """The requests by action, signed now: they are good for five minutes."""
    now = int(time.time() * 1000)

    def signed(payload: bytes) -> dict[str, str]:
        return {"content-type": "application/json", "novu-signature": sign(SECRET, now, payload)}

    def post(action: str, mail: Mail) -> bytes:
        target = f"{PREFIX}?action={action}&workflowId={mail.workflow_id}&stepId=mail"
        return http("POST", target, signed(mail.request), mail.request)

    return {
        "execute": post("execute", ORDER),
        "execute, light": post("execute", LIGHT),
        "preview": post("preview", ORDER),
        "discover": http("GET", f"{PREFIX}?action=discover", signed(b"{}")),
        "health": http("GET", f"{PREFIX}?action=health-check"),
    }


def _check(server: Server, requests: dict[str, bytes]) -> None:
    """Refuse to measure a server that does not do the work."""
    for action, mail in (("execute", ORDER), ("execute, light", LIGHT), ("preview", ORDER)):
        outputs = json.loads(server.ask(requests[action]).partition(b"\r\n\r\n")[2]).get("outputs", {})
        if mail.shows not in outputs.get("body", ""):
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


def _verdict(rates: dict[tuple[str, str], float]) -> bool:
    """Print what the budgets ask and whether it holds."""
    print()
    verdicts = []
    for action, name, peer, least in BUDGETS if ("execute", PEER) in rates else ():
        ratio = rates[action, name] / rates[action, peer]
        verdicts.append(ratio >= least)
        print(f"budget 1: {action}, {name}: {ratio:.2f}x {peer} (least {least}): {_word(verdicts[-1])}")
    ratio = rates["execute", "flask granian"] / rates["execute", "fastapi granian"]
    verdicts.append(ratio >= 0.9)
    print(f"budget 2: flask / fastapi on granian: {ratio:.2f} (least 0.9): {_word(verdicts[-1])}")
    return all(verdicts)


def _word(held: bool) -> str:
    return "met" if held else "MISSED"


if __name__ == "__main__":
    os.environ.setdefault("TZ", "UTC")
    raise SystemExit(main())
