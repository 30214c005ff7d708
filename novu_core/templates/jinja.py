"""Templates of a Jinja environment: the app's, or one of your own."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from novu_core.aio import is_failure
from novu_core.errors import TemplateError, text_of
from novu_core.templates import babel
from novu_core.templates.catalogues import Catalogues
from novu_core.templates.language import Language, speaking

if TYPE_CHECKING:
    from jinja2 import Environment

_OVERLAYS = "_novu_overlays"
"""Where an environment keeps ours, which lead to the app: with the environment they go away, and not before."""


class JinjaTemplates:
    """The templates of the environment that ``environment()`` returns when the first one is rendered.

    HTML is always escaped and text never, whatever the environment says. Its filters and globals come first; beside
    them there are those of :mod:`novu_core.templates.babel`, and gettext over the ``translations`` (folders of
    ``<locale>/LC_MESSAGES/messages.mo``). The environment itself is not changed.
    """

    def __init__(self, environment: Callable[[], Environment], translations: Sequence[str | Path] = ()) -> None:
        self._environment = environment
        self._catalogues = Catalogues(translations)

    def render(self, name: str, context: Mapping[str, Any], language: Language, *, html: bool) -> str:
        """Return a template's text. Raises TemplateError with the line."""
        try:
            with speaking(language), self.around(language):
                return self._overlay(html).get_template(name).render(self.extended(dict(context)))
        except BaseException as error:
            if not is_failure(error):
                raise
            raise _told(name, error) from error

    def has(self, name: str) -> bool:
        """Whether there is a template of this name; one that cannot be read is there."""
        from jinja2 import TemplateNotFound, TemplateSyntaxError

        try:
            self._overlay(False).get_template(name)
        except TemplateNotFound:
            return False
        except TemplateSyntaxError:
            pass
        return True

    def translation(self, key: str, language: Language) -> str | None:
        """Return what the catalogues have for a key."""
        return self._catalogues.translation(key, language)

    def around(self, language: Language) -> AbstractContextManager[Any]:
        """Return what is entered while a template is rendered."""
        return nullcontext()

    def extended(self, context: dict[str, Any]) -> dict[str, Any]:
        """Return the variables of a template, with what the app gives to every one."""
        return context

    def _overlay(self, html: bool) -> Environment:
        given = self._environment()
        made: dict[tuple[JinjaTemplates, bool], Environment] = vars(given).setdefault(_OVERLAYS, {})
        key = (self, html)
        return made.get(key) or made.setdefault(key, self._made(given, html))

    def _made(self, given: Environment, html: bool) -> Environment:
        # Bytecode of the same template may be there, compiled with the environment's own escaping.
        made = given.overlay(autoescape=html, enable_async=False, bytecode_cache=None)
        own: Any = made  # which has dicts there, and takes any mapping
        own.filters = ChainMap(babel.filters(given.filters), given.filters)
        more: dict[str, Any] = {} if "t" in given.globals else {"t": _Key((), self._catalogues)}
        own.globals = ChainMap(more, given.globals)
        if "gettext" not in given.globals:
            made.add_extension("jinja2.ext.i18n")
            own.install_gettext_callables(**self._catalogues.callables(), newstyle=True)
        return made


class _Key:
    """Novu's ``{{ t.key }}``: each attribute is a part of the key."""

    def __init__(self, parts: tuple[str, ...], catalogues: Catalogues) -> None:
        self._parts = parts
        self._catalogues = catalogues

    def __getattr__(self, part: str) -> _Key:
        if part.startswith("__"):
            raise AttributeError(part)
        return _Key((*self._parts, part), self._catalogues)

    def __getitem__(self, part: str) -> _Key:
        return _Key((*self._parts, part), self._catalogues)

    def __str__(self) -> str:
        return self._catalogues.gettext(".".join(self._parts))


def _told(name: str, error: BaseException) -> TemplateError:
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    if isinstance(error, TemplateError):
        return error
    where, line = _place(error.__traceback__)
    if isinstance(error, TemplateSyntaxError):
        return TemplateError(error.name or name, error.message or "its syntax", error.lineno)
    if isinstance(error, TemplateNotFound):
        missing = str(error.name)
        if missing == name:
            return TemplateError(name, "it does not exist")
        return TemplateError(name, f"it names {missing!r}, which does not exist", line)
    told = f"{type(error).__name__}: {text_of(error)}"
    if where in (None, "<template>") or Path(str(where)).as_posix().endswith(f"/{name}"):
        return TemplateError(name, told, line)
    return TemplateError(name, f"{told} ({where}, line {line})", None)


def _place(traceback: TracebackType | None) -> tuple[str | None, int | None]:
    """The file and line of the innermost template in a traceback, which Jinja has rewritten."""
    where, line = None, None
    while traceback is not None:
        scope = traceback.tb_frame.f_globals
        if "__jinja_exception__" in scope:
            where, line = str(scope.get("__file__")), traceback.tb_lineno
        traceback = traceback.tb_next
    return where, line
