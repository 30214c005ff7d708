"""Programs of npm's for tests, kept between runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest


def installed(manifest: Path) -> Path:
    """Return the folder where a ``package.json`` is installed; skip, but not in CI, where it cannot be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        _absent("node and npm are not installed")
    wanted = manifest.read_bytes()
    folder = Path(tempfile.gettempdir()) / f"flask-novu-clients-{sha256(wanted).hexdigest()[:12]}"
    if not (folder / "done").exists():
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_bytes(wanted)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder)
        if done.returncode:
            _absent(f"npm could not install {manifest}: {done.stderr[-300:]}")
        (folder / "done").touch()
    return folder


def _absent(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
