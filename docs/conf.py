"""The site: ``make docs`` builds it into build/docs, offline; a warning is an error."""

from __future__ import annotations

import re
import sys
from typing import Any

from sphinx.util.nodes import make_refnode

from novu_core.version import VERSION

project = "flask-novu"
author = "the authors of flask-novu"
project_copyright = author
version = release = VERSION

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["*.py"]
html_theme = "furo"
html_title = f"flask-novu {version}"
html_show_sphinx = False
html_copy_source = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "exclude-members": "model_config"}
python_use_unqualified_type_names = True

nitpick_ignore_regex = [
    ("py:.*", r"(?!novu_core|flask_novu)\w+\..*"),  # their inventories would have to be fetched
    (
        "py:class",
        r".*[\[ ].*|Events|Templates|JsonObject|(Async)?Lendable",
    ),  # imported for type checkers alone, so that autodoc sees their text
]

_LINK = re.compile(r"^- \[[^]]+\]\(([\w/-]+)\.md\)", re.M)


def add_toctrees(app: Any, name: str, source: list[str]) -> None:
    """Make the lists of an index page the site's navigation, so that no page is named twice."""
    if name.rpartition("/")[2] != "index":
        return
    for heading, section in re.findall(r"^(?:#+ (.+)\n)?((?:(?!#+ ).*\n)+)", source[0], re.M):
        if pages := _LINK.findall(section):
            caption = f":caption: {heading}\n" if heading and name == "index" else ""
            source[0] += "\n```{toctree}\n:hidden:\n" + caption + "\n" + "\n".join(pages) + "\n```\n"


def find(app: Any, env: Any, node: Any, contnode: Any) -> Any:
    """Resolve a name by its last part: docstrings and signatures name the module, the pages what users import."""
    if node.get("refdomain") != "py":
        return None
    python = env.get_domain("py")
    module, _, last = node["reftarget"].rpartition(".")
    documented = sorted((name for name in python.objects if name.rpartition(".")[2] == last), key=len)
    if documented:
        entry = python.objects[documented[0]]
        return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, contnode, documented[0])
    return (
        contnode if hasattr(sys.modules.get(module or "builtins"), last) else None
    )  # private, as many types of signatures are


def setup(app: Any) -> dict[str, bool]:
    """Register what this file adds to Sphinx."""
    app.connect("source-read", add_toctrees)
    app.connect("missing-reference", find)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
