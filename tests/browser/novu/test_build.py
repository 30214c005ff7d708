"""What browsers get of the bell is made of its source, as ``make bell`` makes it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tests.browser.novu.conftest import HERE

ROOT = Path(__file__).parents[3]


def test_the_committed_file_is_that_of_the_source(modules):
    version, flags = re.search(
        r"npx --yes esbuild@(\S+) (.*) --outfile=", (ROOT / "Makefile").read_text("utf-8")
    ).groups()
    assert json.loads((HERE / "package.json").read_bytes())["dependencies"]["esbuild"] == version
    command = [modules / "node_modules/.bin/esbuild", *flags.split()]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=True).stdout
    assert built == (ROOT / "novu_core/inbox/inbox.js").read_bytes(), "run `make bell`"
