"""The files of ``novu_core/studio``, under a name that changes with their content."""

from __future__ import annotations

import hashlib
import posixpath
import re
from pathlib import Path

TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
"""What a browser gets; the folder's other files are for readers."""
_FOLDER = Path(__file__).parents[2] / "studio"
PAGE, SCRIPT = "index.html", "app.js"
_IMPORT = re.compile(rb'^import [^;]*"(\.[^"]+)";$', re.MULTILINE)


class Files:
    """The files as they stood when they were read."""

    def __init__(self) -> None:
        found = sorted(path for path in _FOLDER.rglob("*") if path.suffix[1:] in TYPES)
        self._contents = {path.relative_to(_FOLDER).as_posix(): path.read_bytes() for path in found}
        told = hashlib.sha256()
        for name, content in self._contents.items():
            told.update(f"{name}\0{len(content)}\0".encode() + content)
        self.version = told.hexdigest()[:16]

    def get(self, name: str) -> bytes | None:
        """Return a file by its path below the folder, or None where there is no such file."""
        return self._contents.get(name)

    def page(self) -> bytes:
        """Return the page. It names its files relative to its own address, which holds behind every proxy."""
        links = "".join(f'<link rel="modulepreload" href="./{name}">\n' for name in self._ahead())
        text = self._contents[PAGE].decode().replace("</head>", f"{links}</head>", 1)
        return text.replace('="./', f'="studio/{self.version}/').encode()

    def _ahead(self) -> list[str]:
        """Return the app's script, the modules that it imports, and those that they do: all that a first view needs."""
        found = [SCRIPT]
        for name in found:
            for source in _IMPORT.findall(self._contents.get(name, b"")):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(name), source.decode()))
                if target not in found:
                    found.append(target)
        return found
