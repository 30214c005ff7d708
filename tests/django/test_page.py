"""docs/django.md, followed in a new project."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.django.conftest import Project

PAGE = (Path(__file__).parents[2] / "docs" / "django.md").read_text("utf-8")
BLOCKS = re.findall(r"^```py(?:thon)?\n# (\S+)\n(.*?)^```", PAGE, re.S | re.M)
COMMANDS = [shlex.split(line) for line in re.findall(r"^\$ python manage.py (.*)$", PAGE, re.M)]


@pytest.fixture
def followed(tmp_path):
    for command in (["startproject", "config", "."], ["startapp", "shop"]):
        subprocess.run([sys.executable, "-m", "django", *command], cwd=tmp_path, check=True)
    for name, text in BLOCKS:
        path = tmp_path / name
        before = path.read_text("utf-8") if name.endswith("settings.py") else ""
        path.write_text(before + text, "utf-8")
    return Project(tmp_path)


def test_the_page_holds_in_a_new_project(followed):
    assert [name for name, _ in BLOCKS] == [
        "config/settings.py", "config/urls.py", "shop/notifications.py", "shop/views.py", "shop/tests.py"
    ]  # fmt: skip
    assert "Ran 1 test" in followed.manage("test").stderr
    assert not (followed.folder / "novu.db").exists()
    for command in COMMANDS:
        if "sync" in command:  # asks Novu
            continue
        assert followed.manage(*command).stdout
    assert (followed.folder / "novu.db").exists()


def test_every_setting_that_the_page_names_exists():
    from novu_core.settings import KEYS

    assert set(re.findall(r"\bNOVU_[A-Z_]+", PAGE)) - {"NOVU_"} <= set(KEYS.values())
