"""gettext catalogues, compiled for a test."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo


def compile_catalogue(folder: Path, locale: str, texts: dict[object, object], domain: str = "messages") -> Path:
    """Write ``<folder>/<locale>/LC_MESSAGES/<domain>.mo``; a tuple of texts has plurals, ``("c", "text")`` as key a context."""
    catalogue = Catalog(locale=locale)
    for text, translation in texts.items():
        catalogue.add(text, translation)
    path = folder / locale / "LC_MESSAGES" / f"{domain}.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)
    return path
