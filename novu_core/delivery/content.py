"""What a step's output says as plain text and as HTML: decided here, by keys alone, never guessed from a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def html_fields(content: Mapping[str, Any]) -> list[str]:
    """Return the keys of ``content`` that hold HTML: ``html``, and ``body`` where ``content_type`` says so."""
    if "html" not in content and "content_type" not in content:  # as most
        return []
    fields = ["html", "body"] if content.get("content_type") == "text/html" else ["html"]
    return [field for field in fields if isinstance(content.get(field), str) and content[field]]


def html_of(content: Mapping[str, Any]) -> str | None:
    """Return the HTML of ``content``, None where it has none."""
    fields = html_fields(content)
    return content[fields[0]] if fields else None


def text_of(content: Mapping[str, Any]) -> str | None:
    """Return the plain text of ``content``: its ``text``, else a ``body`` that is not HTML, else the HTML as text."""
    fields = html_fields(content)
    for field in ("text", "body"):
        if field not in fields and isinstance(content.get(field), str):
            found: str = content[field]
            return found
    if not fields:
        return None
    from novu_core.delivery.plaintext import html_to_text  # with the HTML parser, only when used

    return html_to_text(content[fields[0]])
