"""A folder of templates, and a run of one step that names one."""

from __future__ import annotations

from pathlib import Path

import pytest

from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA

TO = {**ADA, "firstName": "Ada", "locale": "de_AT", "timezone": "Europe/Vienna", "channels": {"chat": "c", "push": "p"}}


@pytest.fixture
def folder(tmp_path: Path):
    """A folder of templates: ``folder(**{"mail/a.html": ...})`` fills it."""

    (tmp_path / "templates").mkdir()

    def fill(files):
        for name, text in files.items():
            path = tmp_path / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path / "templates"

    return fill


@pytest.fixture
def render(registry, folder):
    """One step with a template, of a run with this payload; ``env`` of the last call is kept."""

    def render(files, channel="email", output=None, template="mail/a.html", payload=None, **options):
        @registry.workflow("w")
        def w(step, payload):
            getattr(step, channel)("it", output if callable(output) else output or {}, template=template, **options)

        settings = {"NOVU_TEMPLATES": str(folder(files)), "NOVU_DELIVERY": {}}
        with NovuEnvironment(registry, settings) as env:
            render.env = env
            return env.trigger(w, TO, payload or {})

    return render


SUBJECT = {"subject": "s"}
