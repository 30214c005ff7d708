"""The site builds without a warning and without the network, and has an entry for everything that is public."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from flask_novu.cli import novu_cli
from novu_core import Client
from novu_core.http.inbox import routes as inbox
from novu_core.http.rest import routes as rest

ROOT = Path(__file__).parents[2]
MODULES = ["flask_novu", "novu_core", "novu_core.delivery", "novu_core.errors", "novu_core.testing"]
MODULES += ["novu_core.integrations.django"]
NOT_LISTED = {"novu_core.errors", "novu_core.errors.text_of"}
"""A module, which has its page, and what only this package's own files use."""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html", "-d", folder / "trees"]
    built = subprocess.run([*command, ROOT / "docs", folder / "html"], cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "html"


@pytest.fixture(scope="module")
def entries(site) -> set[str]:
    packed = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    return {line.split(" ")[0] for line in zlib.decompress(packed).decode().splitlines() if " py:" in line}


def public(module: str) -> set[str]:
    return {f"{module}.{name}" for name in importlib.import_module(module).__all__}


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_an_entry(module, entries):
    short = {entry.rpartition(".")[2] for entry in entries}  # novu_core.delivery.Message is novu_core.Message
    assert {name for name in public(module) - NOT_LISTED if name.rpartition(".")[2] not in short} == set()


def test_every_call_of_a_client_has_an_entry(entries):
    names = {f"novu_core.Client.{name}" for name in dir(Client) if not name.startswith("_")}
    assert names - entries == set()


def test_every_call_of_a_manager_has_an_entry(entries):
    with Client(workflows=[]) as client:
        for name in dir(client):
            manager = None if name.startswith("_") else getattr(client, name)
            kind = type(client.inbox("ada") if name == "inbox" else manager)
            if kind.__module__.startswith("novu_core.managers."):
                calls = [call for call, value in vars(kind).items() if inspect.isfunction(value) and call[0] != "_"]
                assert calls
                assert [call for call in calls if f"{kind.__module__}.{kind.__qualname__}.{call}" not in entries] == []


def test_every_command_stands_in_a_line_of_the_page():
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    for name, command in novu_cli.commands.items():
        for leaf in getattr(command, "commands", {"": command}):
            assert re.search(rf"^\$ flask (--debug )?novu {name} {leaf}".rstrip(), page, re.M), (name, leaf)


def test_every_route_has_a_row():
    page = (ROOT / "docs" / "http-api.md").read_text("utf-8")
    rows = {
        (method, re.sub(r"{\w+}", "{}", path)) for method, path in re.findall(r"^\| `([A-Z]+) (/\S*)` \|", page, re.M)
    }
    served = {(method, re.sub(r"{\w+}", "{}", route.path)) for route in rest.ROUTES for method in route.operations}
    assert served <= rows
    words = {word for route in inbox.ROUTES for word in re.findall(r"/([a-z-]{3,})", route.path)} - {"inbox"}
    assert {word for word in words if not re.search(rf"[/`]{word}[/`]", page)} == set()


def test_every_metric_has_a_row():
    page = (ROOT / "docs" / "guides" / "monitoring.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `(novu_\w+)(?:\{[a-z,]+\})?` \| (gauge|counter|histogram) \|", page, re.M))
    with Client({"store_url": "sqlite://"}, []) as client:
        assert rows == {(metric.name, metric.kind) for metric in client.metrics.collect()}


def test_a_reader_loads_nothing_from_elsewhere(site):
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|img|iframe)[^>]* src="([^"]+)"|<link[^>]* href="([^"]+)"', page.read_text("utf-8")
        )
        assert [found for found in loaded if re.match(r"(https?:)?//", "".join(found))] == []


def test_it_can_be_searched(site):
    assert "digest" in (site / "searchindex.js").read_text("utf-8")
