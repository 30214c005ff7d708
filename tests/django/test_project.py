"""A project with the app: its own tests, its commands, its settings, and what starts a worker."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

WORKERS = "[t.name for t in __import__('threading').enumerate() if t.name == 'novu-worker']"


def test_the_projects_own_tests_pass(project):
    result = project.manage("test", code=None)
    assert result.returncode == 0, result.stderr
    assert "Ran 8 tests" in result.stderr
    assert not (project.folder / "novu.db").exists()


def test_workflows_are_found_in_the_apps_and_in_the_setting(project):
    found = {row["workflow_id"]: row["steps"] for row in json.loads(project.manage("novu", "list", "--json").stdout)}
    assert found == {
        "ordered": ["bell", "collect", "thanks"],
        "busy": ["wait"],
        "ordered-async": ["bell"],
        "hello": ["inbox"],
        "patient": ["wait"],
    }
    assert (project.folder / "novu.db").exists()


def test_a_notifications_module_that_cannot_be_imported_is_the_projects_error(project):
    project.append("shop/notifications.py", "import nothing_of_this_name")
    assert "No module named 'nothing_of_this_name'" in project.manage("check", code=1).stderr


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("NOVU_DELIVRY = {}", "(novu.E001) Unknown setting 'NOVU_DELIVRY'; did you mean NOVU_DELIVERY"),
        ("NOVU_WORKER = 'tread'", "(novu.E001) Invalid configuration. NOVU_WORKER: "),
        ("del BASE_DIR", "(novu.E001) Set NOVU_STORE_URL: the settings have no BASE_DIR"),
        ("NOVU_SECRET_KEY = None", ""),
    ],
)
def test_a_wrong_setting_is_named_by_check_and_at_the_first_use(project, line, told):
    project.append("config/settings.py", line)
    checked = project.manage("check", code=1 if told else 0)
    used = project.manage("novu", "list", "--skip-checks", code=1 if told else 0)
    assert told in checked.stderr
    assert told.partition(") ")[2] in used.stderr


def test_settings_of_the_project_beat_the_environment_which_beats_the_default(project):
    code = (
        "from novu_core.integrations.django import novu; s = novu.settings; print(s.timezone, s.secret_key, s.worker)"
    )
    env = {"NOVU_TIMEZONE": "Europe/Berlin", "NOVU_SECRET_KEY": "other"}
    project.append("config/settings.py", f"import os\nos.environ.update({env!r})")
    assert project.manage("shell", "-v", "0", "-c", code).stdout.split() == ["Europe/Berlin", "('key',)", "thread"]


def test_the_client_may_be_imported_anywhere_and_is_built_on_first_use(project):
    project.append("shop/models.py", "from novu_core.integrations.django import novu")
    project.append("config/urls.py", "from novu_core.integrations.django import novu")
    project.manage("check")
    assert not (project.folder / "novu.db").exists()


def test_a_process_that_runs_a_command_starts_no_worker(migrated):
    code = (
        "from shop.models import Order; from shop.notifications import ordered; o = Order.objects.create(customer='a');"
        f"print(ordered.trigger('a', {{'order': o.pk}}).waiting_for, {WORKERS})"
    )
    assert migrated.manage("shell", "-v", "0", "-c", code).stdout.strip() == "digest []"


def test_a_process_without_a_command_starts_one_with_its_first_trigger(migrated):
    (migrated.folder / "script.py").write_text(
        "import os, django\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\n"
        "django.setup()\n"
        "from shop.more import hello\n"
        f"assert {WORKERS} == []\n"
        "hello.trigger('ada', {'name': 'Ada'})\n"
        f"assert {WORKERS} == ['novu-worker']\n"
    )
    subprocess.run([sys.executable, "script.py"], cwd=migrated.folder, env=migrated.environment, check=True)


def test_without_django_the_import_names_the_extra(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("novu_core.integrations.django")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "django", None)
    with pytest.raises(ImportError, match=r"flask-novu\[django\]"):
        importlib.import_module("novu_core.integrations.django")
