"""The project beside this file, copied for each test, and ways to run it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

collect_ignore_glob = ["test_*.py"] if importlib.util.find_spec("django") is None else []
HERE = Path(__file__).parent


@dataclass
class Project:
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        given = {name: value for name, value in os.environ.items() if not name.startswith("NOVU_")}
        return {**given, "PYTHONPATH": os.pathsep.join([str(self.folder), str(HERE.parents[1])])}

    def manage(self, *arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "manage.py", *arguments]
        result = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert code is None or result.returncode == code, result.stdout + result.stderr
        return result

    def append(self, name: str, text: str) -> None:
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")


@pytest.fixture
def project(tmp_path) -> Project:
    folder = tmp_path / "project"
    shutil.copytree(HERE / "project", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return Project(folder)


@pytest.fixture
def migrated(project) -> Project:
    project.manage("migrate", "-v", "0")
    return project
