"""Every command of docs/cli.md runs, in its order, and says something."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from flask_novu.cli import novu_cli

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
COMMANDS = [shlex.split(line)[2:] for line in re.findall(r"^\$ (flask novu .*)$", PAGE, re.M)]


def test_every_command_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # one writes a file
    names: dict[str, object] = {"__name__": __name__}
    exec(re.search(r"^```python\n(.*?)^```", PAGE, re.S | re.M)[1], names)
    runner = names["app"].test_cli_runner()
    latest = ""
    for command in COMMANDS:
        if command[0] in ("worker", "live", "sync"):  # two run on, the other asks Novu
            runner.invoke(novu_cli, [*command, "--help"])
            continue
        result = runner.invoke(novu_cli, [part.replace("EXECUTION_ID", latest) for part in command])
        assert result.exit_code == (1 if command[0] == "check" else 0), result.output
        assert result.output
        if "--json" in command and command[0] == "executions":
            latest = json.loads(result.output)["items"][0]["execution_id"]
    names["app"].extensions["novu"].close()


@pytest.mark.parametrize("name", sorted(novu_cli.commands))
def test_every_command_is_on_the_page_and_has_json(name):
    assert any(command[0] == name for command in COMMANDS)
    command = novu_cli.commands[name]
    for leaf in getattr(command, "commands", {name: command}).values():
        assert "--json" in {option for parameter in leaf.params for option in parameter.opts}
