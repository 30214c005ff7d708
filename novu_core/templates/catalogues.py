"""gettext catalogues: an app's compiled translations, in the language of the text that is being made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

from novu_core.errors import TemplateError
from novu_core.templates.language import Language, current

_DOMAIN = "messages"


class Catalogues:
    """The folders that hold ``<locale>/LC_MESSAGES/messages.mo``; of several the first that knows a text wins."""

    def __init__(self, folders: Sequence[str | Path]) -> None:
        self._folders = [str(folder) for folder in folders]
        self._loaded: dict[tuple[str, ...], NullTranslations] = {}

    def of(self, language: Language) -> NullTranslations:
        """Return a language's translations. Raises TemplateError that names a catalogue which cannot be read."""
        wanted = tuple(language.candidates)
        if wanted not in self._loaded:
            self._loaded[wanted] = self._load(wanted)
        return self._loaded[wanted]

    def translation(self, key: str, language: Language) -> str | None:
        """Return what the catalogues have for a key, None where they have nothing."""
        found = self.of(language).gettext(key)
        return None if found == key else found

    def gettext(self, message: str) -> str:
        """Return a text in the current language."""
        return self.of(current()).gettext(message)

    def callables(self) -> dict[str, Callable[..., str]]:
        """Return gettext, ngettext, pgettext and npgettext, each in the current language."""
        return {name: self._callable(name) for name in ("gettext", "ngettext", "pgettext", "npgettext")}

    def _callable(self, name: str) -> Callable[..., str]:
        def call(*args: Any) -> str:
            return str(getattr(self.of(current()), name)(*args))

        return call

    def _load(self, wanted: Sequence[str]) -> NullTranslations:
        first: NullTranslations | None = None
        for folder in self._folders:
            for locale in wanted:
                path = Path(folder, locale, "LC_MESSAGES", f"{_DOMAIN}.mo")
                if path.is_file():
                    found = _read(path)
                    if first is None:
                        first = found
                    else:
                        first.add_fallback(found)
        return first or NullTranslations()


def _read(path: Path) -> GNUTranslations:
    try:
        with path.open("rb") as file:
            return GNUTranslations(file)
    except Exception as error:  # struct.error, IndexError...: gettext checks little of what it reads
        told = f"the catalogue cannot be read: {type(error).__name__}: {error}; compile it again"
        raise TemplateError(str(path), told) from error
