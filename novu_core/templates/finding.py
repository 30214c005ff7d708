"""The setting ``NOVU_TEMPLATES`` as templates: folders, a Jinja environment, or where one is."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from novu_core.errors import ConfigurationError
from novu_core.templates.base import NO_TEMPLATES, Templates
from novu_core.templates.jinja import JinjaTemplates

if TYPE_CHECKING:
    from jinja2 import Environment


def templates_of(setting: Any, translations: Sequence[str]) -> Templates:
    """Return the templates that a setting names.

    ``setting``: a folder or several, a Jinja environment, or ``module:name`` of one; any object with the methods of
    :class:`Templates` too. ``translations``: folders of gettext catalogues. Raises ConfigurationError.
    """
    if setting is None and not translations:
        return NO_TEMPLATES
    if callable(getattr(setting, "render", None)) and callable(getattr(setting, "translation", None)):
        return cast(Templates, setting)
    environment = _environment(setting)
    return JinjaTemplates(lambda: environment, translations)


def _environment(setting: Any) -> Environment:
    from jinja2 import Environment, FileSystemLoader

    if isinstance(setting, Environment):
        return setting
    if isinstance(setting, str) and ":" in setting and not Path(setting).is_dir():
        return _imported(setting)
    folders = [setting] if isinstance(setting, str | Path) else setting if isinstance(setting, list | tuple) else None
    if setting is not None and folders is None:
        raise ConfigurationError(
            "NOVU_TEMPLATES must be a folder, a Jinja environment or the import string of one (module:name), not "
            f"{setting!r}."
        )
    for folder in folders or ():
        if not isinstance(folder, str | Path) or not Path(folder).is_dir():
            raise ConfigurationError(f"NOVU_TEMPLATES: {str(folder)!r} is not a folder.")
    return Environment(loader=FileSystemLoader(folders or ()), autoescape=True)


def _imported(setting: str) -> Environment:
    from jinja2 import Environment

    module, _, name = setting.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f"NOVU_TEMPLATES: {setting!r} cannot be imported: {error}.") from error
    if not isinstance(found, Environment):
        raise ConfigurationError(f"NOVU_TEMPLATES: {setting!r} is a {type(found).__name__}, not a Jinja environment.")
    return found
