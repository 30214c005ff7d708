"""References in the code such as "(SEMANTICS, Digest)" or "PROTOCOL section 7.5" lead to a heading of docs/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {
    page.stem.upper(): re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    for page in DOCS.glob("*.md")
    if page.stem in ("architecture", "semantics", "protocol")
}
ELSEWHERE = (
    "MISSION|DEPENDENCIES|HOUSE|STYLE|NAMES|WORDING|SCALE|STUDIO|INBOX|SERVER"  # pages that a clone does not have
)
REFERENCE = re.compile(
    rf"\b(?P<page>{'|'.join(PAGES)})\b(?:,\s+(?P<heading>[A-Z][\w ]+(?:, [a-z]\w+)*)"
    r"|\s+(?P<plain>\d)|\s+sections?\s+(?P<numbers>\d[\d.]*(?:(?: and | to )\d+)*)(?:, (?P<part>[A-Z]\w+))?)?"
)
FILES = [
    path
    for room in ("novu_core", "flask_novu", "example_app", "benchmarks", "tests", "docs")
    for path in sorted((ROOT / room).rglob("*.py"))
    if path != Path(__file__)
]


def found():
    for path in FILES:
        for reference in REFERENCE.finditer(path.read_text("utf-8")):
            yield pytest.param(reference, id=f"{path.relative_to(ROOT)}: {' '.join(reference[0].split())}")


@pytest.mark.parametrize("reference", list(found()))
def test_a_reference_leads_to_a_heading(reference):
    headings = PAGES[reference["page"]]
    assert reference["plain"] is None, "write `section 9`"
    if reference["heading"]:
        assert reference["heading"] in headings
    for number in re.findall(r"\d+(?:\.\d+)?", reference["numbers"] or ""):
        start = f"{number} " if "." in number else f"{number}. "
        assert any(heading.startswith(start) for heading in headings)
    if reference["part"]:
        assert reference["part"] in headings


def test_there_are_references_of_each_kind():
    kinds = [kind for reference in found() for kind, text in reference.values[0].groupdict().items() if text]
    assert all(
        kinds.count(kind) >= most for kind, most in {"page": 50, "heading": 20, "numbers": 20, "part": 2}.items()
    )


def test_nothing_refers_to_a_page_that_is_not_here():
    missing = []
    for path in FILES:
        text = path.read_text("utf-8")
        missing += re.findall(rf"\b(?:{ELSEWHERE})(?:\.md\b|, [a-z]+ \d|, [A-Z][a-z]| section)", text)
        missing += re.findall(r"\.\./shared|/work/", text)
        missing += [page for page in re.findall(r"\bdocs/([\w/-]+\.md)", text) if not (DOCS / page).exists()]
    assert missing == []
