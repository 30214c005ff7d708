"""Awaiting under gevent, in processes of their own: it patches a whole process, and for good."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("gevent")
CASES = Path(__file__).parent / "greenlet_cases.py"
NAMES = re.findall(r"^def (\w+_\w+_\w+)\(\)", CASES.read_text(), re.MULTILINE)


ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.parametrize("name", NAMES)
def test_under_gevent(name):
    run = subprocess.run([sys.executable, CASES, name], timeout=60, capture_output=True, env=ENVIRONMENT)
    assert (run.returncode, run.stdout) == (0, b"done\n"), run.stderr.decode()


def test_gevent_that_patched_nothing_changes_nothing():
    code = """
import gevent.monkey, sys
from novu_core.aio import run_async
async def answer(): return 42
print(run_async(answer), "novu_core.greenlets" in sys.modules)
"""
    assert subprocess.check_output([sys.executable, "-c", code], timeout=60, env=ENVIRONMENT) == b"42 False\n"
