"""What the tutorials and guides have besides Python: several files that belong together, commands, configuration."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import psycopg
import pytest
import yaml
from sqlalchemy.engine import make_url

from flask_novu.cli import novu_cli
from novu_core import Client
from novu_core.settings import Settings, environment
from novu_core.version import VERSION

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
COMMANDS = [
    pytest.param(found[1], id=f"{page.stem}: {found[1]}")
    for page in PAGES
    for found in re.finditer(
        r"(?:flask(?: --debug)?|manage\.py|python -m novu_core --app \S+)(?: novu)? ([a-z]+ ?.*?)(?:  +#.*| > \S+)?$",
        "\n".join(re.findall(r"^\$ (.*(?:flask|manage\.py).*novu .*|.*novu_core .*)$", page.read_text("utf-8"), re.M)),
        re.M,
    )
]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.S | re.M)


def files(folder: Path, *pages: str) -> None:
    """Write every block of the pages whose first line names a file."""
    for page in pages:
        for source in blocks(page, r"\w+"):
            if named := re.match(r"(?:#|<!--) ([\w./-]+\.\w+)(?: -->)?\n", source):
                path = folder / named[1].lstrip("/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(source, "utf-8")


def python(folder: Path, *arguments: str) -> str:
    ran = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_tests_of_the_tutorial_pass(tmp_path):
    files(tmp_path, "tutorials/first-digest.md", "tutorials/test-it.md")
    assert "3 passed" in python(tmp_path, "-m", "pytest", "-p", "no:cacheprovider")


def test_the_conftest_to_copy_works(tmp_path):
    files(tmp_path, "testing.md")
    assert "1 passed" in python(tmp_path, "-m", "pytest", "-p", "no:cacheprovider")


def test_the_bell_of_the_tutorial_is_in_its_page(tmp_path):
    files(tmp_path, "tutorials/show-a-bell.md")
    code = """if True:
        from app import app
        from novu_core.testing import NovuEnvironment

        app.testing = True
        with NovuEnvironment(app=app) as env:
            http = app.test_client()
            http.post("/posts/tea/comments/bob/Nice")
            env.run_due()
            print(http.get("/").text, env.outbox.in_app[0].content["redirect"]["url"])
        """
    printed = python(tmp_path, "-c", code)
    assert 'unread="1"' in printed
    assert "http://localhost:5000/posts/tea" in printed


def test_the_bridge_answers_who_plays_novus_part(tmp_path, monkeypatch):
    page = "tutorials/connect-novu.md"
    files(tmp_path, "tutorials/first-digest.md", page)
    code = """if True:
        import os, runpy, threading
        from wsgiref.simple_server import WSGIRequestHandler, make_server
        from app import app

        WSGIRequestHandler.log_message = lambda *told: None
        with make_server("127.0.0.1", 0, app) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            os.environ["BRIDGE"] = f"http://127.0.0.1:{server.server_port}/api/novu"
            print(app.test_client().get("/api/novu?action=health-check").text)
            runpy.run_path("play_novu.py")
            server.shutdown()
        """
    monkeypatch.setenv("NOVU_SECRET_KEY", "a-key-for-now")
    health, *printed = python(tmp_path, "-c", code).splitlines()
    [told] = re.findall(r"^\$ python play_novu.py\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.S | re.M)
    assert printed == told.splitlines()
    [told] = re.findall(r"^(\{.*\})$", (DOCS / page).read_text("utf-8"), re.M)
    ours = {"sdkVersion": VERSION}
    assert {**json.loads(health), **ours} == {**json.loads(told), **ours}


def test_the_app_of_the_tutorial_lacks_what_the_page_says(tmp_path, monkeypatch):
    files(tmp_path, "tutorials/first-digest.md")
    monkeypatch.chdir(tmp_path)
    checked = subprocess.run([sys.executable, "-m", "flask", "novu", "check"], capture_output=True, text=True)
    assert checked.returncode == 1
    told = re.search(
        r"^\$ flask novu check\n(WHERE.*?)\n```", (DOCS / "tutorials/into-production.md").read_text(), re.S | re.M
    )
    for line in told[1].splitlines():
        assert line.rstrip(".") in checked.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_pages_can_be_parsed(command):
    words, found = shlex.split(command), novu_cli
    while isinstance(found, click.Group):
        found = found.commands[words.pop(0)]
    found.make_context("novu", words)


def test_there_are_commands_of_each_kind():
    assert len(COMMANDS) >= 50


def test_gunicorn_reads_its_file(tmp_path):
    files(tmp_path, "guides/deployment.md", "tutorials/first-digest.md")
    python(tmp_path, "-m", "gunicorn", "--check-config", "-c", "gunicorn.conf.py", "app:app")


def test_the_units_belong_together():
    [web, worker] = blocks("guides/deployment.md", "ini")
    for unit in (web, worker):
        read = configparser.ConfigParser(interpolation=None)
        read.optionxform = str
        read.read_string(unit)
        assert float(read["Service"]["TimeoutStopSec"]) > Settings().grace_seconds
        assert read["Service"]["EnvironmentFile"] == "/etc/blog.env"


def test_the_settings_of_the_units_are_settings():
    [text] = blocks("guides/deployment.md", "sh")
    given = dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))
    loaded = Settings.load(environment(given))
    assert loaded.wait is False
    assert set(given) <= {f"NOVU_{name.upper()}" for name in loaded.model_fields_set}


def test_the_containers_run_the_same_commands():
    [dockerfile] = blocks("guides/deployment.md", "dockerfile")
    command = json.loads(re.search(r"^CMD (.*)$", dockerfile, re.M)[1])
    assert command[0] == "gunicorn"
    [compose] = blocks("guides/deployment.md", "yaml")
    services = yaml.safe_load(compose)["services"]
    assert services["worker"]["command"].startswith("flask novu worker")
    assert {services[name]["stop_grace_period"] for name in ("web", "worker")} == {"40s"}


def test_the_role_of_the_page_is_enough(new_postgres_url):
    [sql] = blocks("guides/postgresql.md", "sql")
    url = make_url(new_postgres_url())
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(sql.replace("DATABASE shop", f"DATABASE {url.database}"))
    given = url.set(username="novu", password="password").render_as_string(hide_password=False)
    with Client({"store_url": given, "worker": "none"}, []) as client:
        assert client.subscribers.upsert("ada").subscriber_id == "ada"


def test_every_other_block_of_python_can_be_compiled():
    sources = [(page, source) for page in PAGES for source in blocks(str(page.relative_to(DOCS)), "py")]
    assert len(sources) > 5
    for page, source in sources:
        compile(source, str(page), "exec")
