"""What `pip install` puts on a machine beside the modules."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_wheel_has_the_files_that_the_code_reads(tmp_path):
    for name in ("novu_core", "flask_novu"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-APACHE", "NOTICE"):
        shutil.copy(ROOT / name, tmp_path)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", "dist", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    if done.returncode and "CI" not in os.environ:
        pytest.skip(f"no wheel can be built here: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    [wheel] = (tmp_path / "dist").glob("*.whl")
    assert wheel.name.startswith(f"flask_novu-{version()}-")
    held = set(zipfile.ZipFile(wheel).namelist())
    about = f"flask_novu-{version()}.dist-info"
    assert {name.split("/")[0] for name in held} == {"novu_core", "flask_novu", about}
    assert {f"{about}/licenses/{name}" for name in ("LICENSE", "LICENSE-APACHE", "NOTICE")} <= held
    assert {"novu_core/py.typed", "flask_novu/py.typed", "novu_core/storage/migrations/0001_initial.sql"} <= held
    read = {
        str(path.relative_to(ROOT))
        for package in ("novu_core", "flask_novu")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert {"novu_core/inbox/inbox.js", "novu_core/studio/vendor/preact.js"} <= read
    assert read - held == set()


def test_the_changelog_tells_of_this_version():
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert headings[:2] == ["Unreleased", version()]


def version() -> str:
    return re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)[1]
