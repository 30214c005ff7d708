"""From a wheel in an empty environment: the quickstart's app, the address in its log, and its run in the Studio."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
import venv
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from tests.browser.studio.conftest import said, timeline
from tests.processes import until

ROOT = Path(__file__).parents[3]
SERVED = (".js", ".css", ".html", ".svg")
SLOW = 60
"""Seconds and more: the machine may be busy, and nothing here is asked to be fast."""


class Installed(NamedTuple):
    folder: Path
    programs: Path
    files: dict[str, bytes]
    """Those of the Studio in the wheel, by their paths below it."""


def run(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, **more)
    if done.returncode and "CI" not in os.environ:
        pytest.skip(f"nothing can be installed here: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Installed:
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("app")
    for name in ("novu_core", "flask_novu"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-APACHE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", "dist", "."], cwd=source)
    [wheel] = (source / "dist").glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    programs = folder / "venv" / "bin"
    run([sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "--quiet", str(wheel)])
    whole = zipfile.ZipFile(wheel)
    prefix = "novu_core/studio/"
    names = [name for name in whole.namelist() if name.startswith(prefix) and name.endswith(SERVED)]
    [block] = re.findall(r"^```python\n(# app\.py\n.*?)^```", (ROOT / "docs/quickstart.md").read_text(), re.S | re.M)
    waits = block.replace('"unit": "seconds"', '"unit": "minutes"')  # however long this machine takes
    assert waits != block
    (folder / "app.py").write_text(waits)
    return Installed(folder, programs, {name.removeprefix(prefix): whole.read(name) for name in names})


@contextmanager
def served(installed: Installed):
    """Run what the quickstart says; yield the app's address and its log."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    log, address = installed.folder / "log", f"http://127.0.0.1:{port}"
    environment = {"PATH": f"{installed.programs}:/usr/bin:/bin", "HOME": str(installed.folder)}
    with log.open("w") as output:
        process = subprocess.Popen(
            [installed.programs / "flask", "run", "--debug", "--port", str(port)],
            cwd=installed.folder, env=environment, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        try:
            until(lambda: f"Running on {address}" in log.read_text(), log, seconds=SLOW)
            yield address, log
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # the reloader's child too
            process.wait()


def test_the_quickstarts_run_is_seen(installed, page):
    page.set_default_timeout(1000 * SLOW)
    with served(installed) as (address, log):
        for text in ("hello", "again"):
            asked = urllib.request.Request(f"{address}/comment/{text}", method="POST")  # of this machine
            with urllib.request.urlopen(asked, timeout=SLOW) as answer:
                assert answer.status == 202
        told = re.findall(r"The Studio: (\S+)", log.read_text())
        assert told == [f"{address}/api/novu/studio"]
        page.goto(told[0])
        expect(page.get_by_role("heading", level=1)).to_have_text("Overview", timeout=1000 * SLOW)
        page.get_by_role("link", name="Runs", exact=True).click()
        page.get_by_role("button", name="+1 merged").click()
        rows = page.get_by_role("table", name="Runs").locator("tbody tr")
        expect(rows).to_have_count(2)
        rows.first.get_by_role("link").click()
        expect(said(page)).to_contain_text("Waits for its digest until")
        expect(timeline(page)).to_have_count(3)
        expect(timeline(page).first).to_contain_text("delivered")
        expect(timeline(page).nth(1)).to_contain_text("2 events", timeout=1000 * SLOW)
        version = re.search(r"studio/(\w+)/app\.js", page.request.get(told[0]).text())[1]
        assert len(installed.files) > 30
        for name, content in installed.files.items():
            assert page.request.get(f"{told[0]}/{version}/{name}").body() == content, name
        page.goto("about:blank")
