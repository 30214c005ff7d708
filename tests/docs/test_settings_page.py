"""docs/settings.md, the docstring of ``init_app`` and error messages say what the settings model says."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import pytest

from flask_novu import Novu
from novu_core.errors import ConfigurationError
from novu_core.settings import KEYS, Settings, environment

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "settings.md").read_text("utf-8")
EXAMPLES = [shlex.split(line)[0].partition("=") for line in re.findall(r"^- Example: `(.*)`$", PAGE, re.M)]


def test_the_page_is_what_the_script_prints():
    assert runpy.run_path(str(DOCS / "make_settings.py"))["page"]() == PAGE, "run `make docs-settings`"


def test_every_setting_has_an_example():
    assert {key for key, _, _ in EXAMPLES} == set(KEYS.values())


@pytest.mark.parametrize(("key", "text"), [(key, text) for key, _, text in EXAMPLES])
def test_an_example_can_be_set_in_the_environment(key, text):
    loaded = Settings.load(environment({key: text}))
    name = next(name for name, known in KEYS.items() if known == key)
    assert getattr(loaded, name) != getattr(Settings(), name)


@pytest.mark.parametrize(("name", "key"), KEYS.items())
def test_the_docstring_of_init_app_says_the_same(name, key):
    described = " ".join((Novu.init_app.__doc__ or "").replace("``", "`").split())
    assert f"- `{key}`: {Settings.model_fields[name].description}." in described


def test_an_error_says_what_the_setting_is():
    with pytest.raises(ConfigurationError) as caught:
        Settings.load({"NOVU_MAX_BODY_BYTES": "many"})
    assert f"({Settings.model_fields['max_body_bytes'].description}; for example 65536)" in str(caught.value)
