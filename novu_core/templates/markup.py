"""HTML made ready for mail readers: MJML becomes HTML, and CSS goes into the elements that it is for."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from novu_core.errors import TemplateError
from novu_core.lines import logger_of

logger = logger_of(__name__)
_STYLE = re.compile(r"<style\b", re.IGNORECASE)
_DOCUMENT = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
_POSITION = re.compile(r"position (\d+):\d+")
_INSTALL = "install flask-novu[email]"


def html_of_mjml(name: str, source: str) -> str:
    """Return the HTML of a rendered MJML template. Includes are refused. Raises TemplateError with the position."""
    try:
        from mjml import mjml2html
    except ImportError:
        raise TemplateError(name, f"MJML needs mjml-python; {_INSTALL}") from None
    try:
        return str(mjml2html(source))
    except ValueError as error:
        found = _POSITION.search(str(error))
        line = None if found is None else source.encode()[: int(found[1])].count(b"\n") + 1
        raise TemplateError(name, f"MJML: {error}" + (f" (line {line} of what it rendered)" if line else "")) from None


def inlined(name: str, html: str) -> str:
    """Return HTML whose ``<style>`` is in its elements, as many mail readers need it; nothing is fetched.

    What cannot stand in an element stays where it is: ``@media``, ``a:hover``, links to style sheets. Without
    css-inline everything does.
    """
    if not _STYLE.search(html):
        return html
    inliner = _inliner()
    if inliner is None:
        return html
    try:
        made = str(inliner.inline(html))
    except ValueError as error:
        raise TemplateError(name, f"its CSS: {error}") from None
    if _DOCUMENT.search(html):
        return made
    return re.sub(r"\A<html><head>(.*?)</head><body>(.*)</body></html>\Z", r"\1\2", made, flags=re.DOTALL)


@cache
def _inliner() -> Any:
    try:
        import css_inline
    except ImportError:
        logger.info("CSS of templates stays in <style>, which some mail readers ignore; %s", _INSTALL)
        return None
    return css_inline.CSSInliner(
        keep_style_tags=True,
        remove_inlined_selectors=True,
        keep_at_rules=True,
        keep_link_tags=True,
        load_remote_stylesheets=False,
    )
