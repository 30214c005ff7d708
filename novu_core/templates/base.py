"""What makes texts from templates: one interface over Jinja and Django, and what a template's name says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from novu_core.errors import TemplateError
from novu_core.templates.language import Language

_ENGINES = (".j2", ".jinja", ".jinja2", ".jnj")
"""Endings that only say which engine a template is for."""
_HTML = (".html", ".htm", ".xhtml", ".mjml")
_MARKER = re.compile(r"\{\{\s*t\.([\w.-]+)\s*\}\}")


class Templates(Protocol):
    """An app's templates and translations."""

    def render(self, name: str, context: Mapping[str, Any], language: Language, *, html: bool) -> str:
        """Return a template's text. ``html``: whether what it fills in is escaped. Raises TemplateError."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is a template of this name."""
        ...

    def translation(self, key: str, language: Language) -> str | None:
        """Return what the catalogues have for a key, None where they have nothing. Raises TemplateError."""
        ...


class NoTemplates:
    """For a client that was given none."""

    def render(self, name: str, context: Mapping[str, Any], language: Language, *, html: bool) -> str:
        """Refuse."""
        raise TemplateError(
            name, "this app has no templates; set NOVU_TEMPLATES to their folder, or to a Jinja environment"
        )

    def has(self, name: str) -> bool:
        """Return False."""
        return False

    def translation(self, key: str, language: Language) -> str | None:
        """Return None."""
        return None


NO_TEMPLATES: Templates = NoTemplates()


def is_html(name: str) -> bool:
    """Whether a template of this name is HTML, MJML too: ``.html``, also with ``.j2`` or the like behind it."""
    return _bare(name)[0].lower().endswith(_HTML)


def is_mjml(name: str) -> bool:
    """Whether a template of this name is MJML."""
    return _bare(name)[0].lower().endswith(".mjml")


def text_sibling(name: str) -> str:
    """Return the name of the text beside an HTML template: ``mail/a.txt`` of ``mail/a.html``."""
    bare, engine = _bare(name)
    return f"{bare.rpartition('.')[0]}.txt{engine}"


def translated(value: Any, templates: Templates, language: Callable[[], Language]) -> Any:
    """Return a step's output with each of Novu's markers ``{{t.key}}`` translated that the catalogues know."""
    if isinstance(value, str):
        if "{{" not in value:
            return value
        return _MARKER.sub(lambda found: _told(found, templates.translation(found[1], language())), value)
    if isinstance(value, dict):
        return {key: translated(item, templates, language) for key, item in value.items()}
    if isinstance(value, list):
        return [translated(item, templates, language) for item in value]
    return value


def _told(marker: re.Match[str], translation: str | None) -> str:
    return marker[0] if translation is None else translation


def _bare(name: str) -> tuple[str, str]:
    for ending in _ENGINES:
        if name.lower().endswith(ending):
            return name[: -len(ending)], name[-len(ending) :]
    return name, ""
