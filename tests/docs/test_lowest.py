"""`make lowest` installs what pyproject.toml allows at least, and on the Python that it asks for at least."""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_each_dependency_stands_at_its_lower_bound(project):
    wanted = list(itertools.chain(project["dependencies"], *project["optional-dependencies"].values()))
    bounds = [re.fullmatch(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)(?:,<\d+)?", requirement) for requirement in wanted]
    assert all(bounds), wanted
    pins = (ROOT / "constraints" / "lowest.txt").read_text("utf-8").splitlines()
    assert [pin for pin in pins if not pin.startswith("#")] == sorted({f"{bound[1]}=={bound[2]}" for bound in bounds})


def test_every_extra_is_installed(project):
    extras = re.search(r"^EXTRAS := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M)[1]
    assert sorted(extras.split(",")) == sorted(project["optional-dependencies"])


def test_the_oldest_python_is_looked_for_first(project):
    looked_for = re.search(r"^for version in ([\d.]+) ", (ROOT / ".ci" / "oldest-python").read_text("utf-8"), re.M)[1]
    assert project["requires-python"] == f">={looked_for}"
