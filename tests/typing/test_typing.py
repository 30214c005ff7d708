"""What type checkers say of user code: lines marked ``# E: <part of the message>`` must fail, all others must pass."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from mypy import api

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def reported(tmp_path_factory) -> dict[str, dict[int, str]]:
    cache = tmp_path_factory.mktemp("mypy") if not (ROOT / ".mypy_cache").exists() else ROOT / ".mypy_cache"
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache), "--no-error-summary"]
    options += ["--show-absolute-path", "--hide-error-context", "--disable-error-code", "unreachable"]
    output, errors, _ = api.run([*options, *map(str, CASES)])
    assert not errors
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for path, line, text in re.findall(r"^(.+?):(\d+)(?::\d+)?: error: (.*)$", output, re.M):
        found[Path(path).name][int(line)] = found[Path(path).name].get(int(line), "") + text
    return found


@pytest.mark.mission("P-FR-008")
@pytest.mark.mission("P-FR-003")
@pytest.mark.mission("L-6")
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_only_the_marked_lines_fail(case, reported):
    lines = case.read_text("utf-8").splitlines()
    expected = {
        number: mark[1].strip() for number, line in enumerate(lines, 1) if (mark := re.search(r"# E: (.*)$", line))
    }
    said = reported[case.name]
    surprises = [f"{case.name}:{number}: {text}" for number, text in said.items() if number not in expected]
    missing = [
        f"{case.name}:{number}: expected {part!r}, mypy says {said.get(number)!r}"
        for number, part in expected.items()
        if part not in said.get(number, "")
    ]
    assert expected
    assert not surprises + missing, "\n".join(surprises + missing)


def test_pyright_fails_the_same_lines(tmp_path):
    project = {"extraPaths": [str(ROOT)], "typeCheckingMode": "standard"}  # as a user's, and not as strict as ours
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(project))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", *map(str, CASES)]
    answer = json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout)
    failed = {
        (Path(found["file"]).name, found["range"]["start"]["line"] + 1): found["message"]
        for found in answer["generalDiagnostics"]
        if found["severity"] == "error"
    }
    marked = {
        (case.name, number)
        for case in CASES
        for number, line in enumerate(case.read_text("utf-8").splitlines(), 1)
        if "# E: " in line
    }
    assert failed.keys() == marked, {at: text for at, text in failed.items() if at not in marked}
