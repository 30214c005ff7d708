"""The project's templates, by whichever engines its TEMPLATES name, in the recipient's language and time zone."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from django.template import Context, TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.utils import timezone, translation

from novu_core.aio import is_failure
from novu_core.errors import TemplateError, text_of
from novu_core.templates.language import Language, speaking


class ProjectTemplates:
    """Implements :class:`novu_core.templates.base.Templates` with Django's loader, translations and time zones."""

    def render(self, name: str, context: Mapping[str, Any], language: Language, *, html: bool) -> str:
        """Return a template's text. Raises TemplateError."""
        try:
            with speaking(language), _spoken(language):
                found: Any = get_template(name)
                if hasattr(found.template, "engine"):  # Django's own, which escapes texts too unless it is told
                    return str(found.template.render(Context({**context}, autoescape=html)))
                return str(found.render({**context}))
        except BaseException as error:
            if not is_failure(error):
                raise
            raise _told(name, error) from error

    def has(self, name: str) -> bool:
        """Whether there is a template of this name; one that cannot be read is there."""
        try:
            get_template(name)
        except TemplateDoesNotExist:
            return False
        except TemplateSyntaxError:
            pass
        return True

    def translation(self, key: str, language: Language) -> str | None:
        """Return what the project's catalogues have for a key. Raises TemplateError."""
        try:
            with _spoken(language):
                found = translation.gettext(key)
        except Exception as error:
            told = f"the catalogue cannot be read: {type(error).__name__}: {text_of(error)}"
            raise TemplateError(f"{language.locale}/LC_MESSAGES/django.mo", told) from error
        return None if found == key else found


@contextmanager
def _spoken(language: Language) -> Generator[None]:
    known = next(
        (name for name in map(_django_name, language.candidates) if translation.check_for_language(name)), None
    )
    with translation.override(known), timezone.override(language.zone):
        yield


def _django_name(locale: str) -> str:
    return locale.replace("_", "-").lower()


def _told(name: str, error: BaseException) -> TemplateError:
    if isinstance(error, TemplateDoesNotExist):
        missing = str(error.args[0]) if error.args else name
        told = "it does not exist" if missing == name else f"it names {missing!r}, which does not exist"
        return TemplateError(name, told, None if missing == name else _line(error))
    return TemplateError(name, f"{type(error).__name__}: {text_of(error)}", _line(error))


def _line(error: BaseException) -> int | None:
    """The line of the innermost node that was rendered, or of the token that could not be read."""
    token = getattr(error, "token", None)
    found: int | None = getattr(token, "lineno", None)
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None and token is None:
        node = traceback.tb_frame.f_locals.get("self")
        found = getattr(getattr(node, "token", None), "lineno", found)
        traceback = traceback.tb_next
    return found
