"""The app's templates: as ``render_template`` does it, in a worker too, in the recipient's language."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from flask import Flask, current_app, has_app_context

from flask_novu.links import run_context
from novu_core.templates.jinja import JinjaTemplates
from novu_core.templates.language import Language


class AppTemplates(JinjaTemplates):
    """The templates of an app's own environment, with what its context processors give to every one.

    ``translations``: folders of catalogues; without any, those of Flask-Babel where the app has it, else
    ``translations`` beside the app.
    """

    def __init__(self, app: Callable[[], Flask], translations: Sequence[str]) -> None:
        self._app = app
        super().__init__(lambda: app().jinja_env, translations or _folders(app()))

    def render(self, name: str, context: Mapping[str, Any], language: Language, *, html: bool) -> str:
        """Return a template's text, from outside of the app, too. Raises TemplateError."""
        app = self._app()
        if has_app_context() and current_app._get_current_object() is app:  # type: ignore[attr-defined]  # a LocalProxy's
            return super().render(name, context, language, html=html)
        with run_context(app):
            return super().render(name, context, language, html=html)

    def extended(self, context: dict[str, Any]) -> dict[str, Any]:
        """Return the variables with those of the app's context processors, which win over none."""
        self._app().update_template_context(context)
        return context

    def around(self, language: Language) -> AbstractContextManager[None]:
        """Let Flask-Babel, where the app has it, speak the recipient's language."""
        return _spoken(language) if "babel" in self._app().extensions else nullcontext()


@contextmanager
def _spoken(language: Language) -> Generator[None]:
    """Flask-Babel has no way to force a time zone; it keeps the present one beside the locale, for this context."""
    import flask_babel

    kept: Any = flask_babel._get_current_context()
    before = getattr(kept, "babel_tzinfo", None)
    with flask_babel.force_locale(_locale(language) or flask_babel.get_babel().default_locale):
        with suppress(Exception):  # pytz, which knows fewer zones: then the app's own
            kept.babel_tzinfo = flask_babel.timezone(language.zone.key)
        try:
            yield
        finally:
            kept.babel_tzinfo = before


def _locale(language: Language) -> str | None:
    from babel import Locale, UnknownLocaleError

    for name in language.candidates:
        with suppress(ValueError, UnknownLocaleError):
            return str(Locale.parse(name))
    return None


def _folders(app: Flask) -> list[str]:
    babel = app.extensions.get("babel")
    if babel is not None:
        return [str(folder) for folder in babel.translation_directories]
    return [str(Path(app.root_path, "translations"))]
