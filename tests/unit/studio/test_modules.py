"""The Studio's modules, which no build looks at: what they import is there, and nothing in them is forbidden."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

import novu_core
from novu_core.http.studio.files import Files

FOLDER = Path(novu_core.__file__).parent / "studio"
SCRIPTS = sorted(FOLDER.rglob("*.js"))
OURS = [path for path in SCRIPTS if "vendor" not in path.parts]
IMPORT = re.compile(r"""^(?:import|export)\s[^;]*?\bfrom\s+"([^"]+)";""", re.MULTILINE)
LATER = re.compile(r"""\bimport\("([^"]+)"\)""")
NAMES = re.compile(r"""^import \{([^}]*)\} from "([^"]+)";""", re.MULTILINE)
EXPORT = re.compile(r"^export (?:const|let|(?:async )?function\*?|class) (\w+)", re.MULTILINE)
MOST_LINES, MOST_COLUMNS = 150, 120
MOST_BYTES = 150_000
ALONE = {"frame.js"}  # of the frame that shows a mail


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def imported(path: Path) -> list[Path]:
    return [(path.parent / found).resolve() for found in IMPORT.findall(path.read_text("utf-8"))]


def imported_later(path: Path) -> list[Path]:
    return [(path.parent / found).resolve() for found in LATER.findall(path.read_text("utf-8"))]


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_what_a_module_imports_is_there(path):
    text = path.read_text("utf-8")
    assert text.count("import(") == len(LATER.findall(text))  # of a name that stands here
    for found in IMPORT.findall(text) + LATER.findall(text):
        assert found.startswith((".", "..")), found
        assert (path.parent / found).is_file(), found
    for names, source in NAMES.findall(text):
        target = (path.parent / source).read_text("utf-8")
        there = set(EXPORT.findall(target)) | set(
            re.findall(r"(\w+)[,}]", "".join(re.findall(r"export\s*{[^}]*}", target)))
        )
        wanted = {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()}
        assert wanted <= there, (source, wanted - there)
        for name in (name.split(" as ")[-1].strip() for name in names.split(",") if name.strip()):
            assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{name} is imported and not used"


def test_every_module_is_reached_from_the_page():
    reached, found = set(), [FOLDER / "start.js"]
    while found:
        path = found.pop()
        if path not in reached:
            reached.add(path)
            found += imported(path) + imported_later(path)
    assert {name_of(path) for path in SCRIPTS} - {name_of(path) for path in reached} == ALONE


def test_the_page_preloads_the_first_views_modules_and_no_others():
    """Else they are found one after the other, or fetched for views that nobody opened."""
    needed = [FOLDER / "app.js"]
    for path in needed:
        needed += [found for found in imported(path) if found not in needed]
    page = Files().page().decode()
    ahead = re.findall(r'<link rel="modulepreload" href="studio/\w+/([^"]+)">', page)
    assert sorted(ahead) == sorted(name_of(path) for path in needed)
    assert page.index("stylesheet") < page.index("modulepreload")  # what the first paint waits for is asked for first


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_a_module_is_short_and_runs_under_the_policy(path):
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert [number for number, line in enumerate(lines, 1) if len(line) > MOST_COLUMNS] == []
    text = "\n".join(lines)
    assert not re.search(r"\beval\(|\bnew Function\b|document\.write|[^-]\bstyle=", text)
    if path.name != "frame.js":
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|srcdoc", text)


def test_what_is_kept_in_the_browser_is_whether_keys_are_on():
    kept = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie")
    assert [name_of(path) for path in OURS if kept.search(path.read_text("utf-8"))] == ["ui/keys.js"]


def test_the_vendored_file_is_the_one_that_its_note_tells():
    note = (FOLDER / "vendor/README.md").read_text("utf-8")
    told = sha256((FOLDER / "vendor/preact.js").read_bytes()).hexdigest()
    assert told in note


def test_the_studio_stays_small():
    served = [path for path in FOLDER.rglob("*") if path.suffix in (".css", ".html", ".js", ".svg")]
    assert sum(path.stat().st_size for path in served) <= MOST_BYTES
