"""The site: ``make docs`` builds it into build/docs, offline; a warning is an error."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from typing import Any

from docutils.nodes import Text
from sphinx.addnodes import desc_signature
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

nitpick_ignore_regex = [("py:.*", r"(?!novu_core|flask_novu)\w+\..*")]  # their inventories would have to be fetched

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
    """Resolve a name by its last part: docstrings and signatures name the module, the pages what users import.

    What is private, or imported for type checkers alone, is shown without a link; a name that does not exist warns.
    """
    if node.get("refdomain") != "py":
        return None
    python = env.get_domain("py")
    if "[" in node["reftarget"]:  # a part of a type that autodoc could not read
        return Text(node["reftarget"])
    module, _, last = node["reftarget"].rpartition(".")
    documented = sorted((name for name in python.objects if name.rpartition(".")[2] == last), key=len)
    if documented:
        entry = python.objects[documented[0]]
        return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, contnode, documented[0])
    if node["reftype"] == "mod":
        return contnode if find_spec(node["reftarget"]) else None
    spaces = [sys.modules.get(name) for name in (module, node.get("py:module"), "builtins") if name]
    return contnode if in_signature(node) or any(hasattr(space, last) for space in spaces) else None


def in_signature(node: Any) -> bool:
    """Whether a node is part of a signature and not of a docstring."""
    return node is not None and (isinstance(node, desc_signature) or in_signature(node.parent))


def setup(app: Any) -> dict[str, bool]:
    """Register what this file adds to Sphinx."""
    app.connect("source-read", add_toctrees)
    app.connect("missing-reference", find)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
