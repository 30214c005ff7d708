"""Renders Liquid templates as the peer does: parse once, render often, within limits.

The dialect lives in ``liquid``; the limits, with their reasons, in ``liquid.limits``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from novu_core.clock import Clock, SystemClock
from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.errors import LiquidError as LiquidError
from novu_core.javascript.liquid.errors import RenderError
from novu_core.javascript.liquid.filters import FILTERS
from novu_core.javascript.liquid.limits import Budget as Budget
from novu_core.javascript.liquid.nodes import Parts
from novu_core.javascript.liquid.parser import Reading, parse
from novu_core.javascript.liquid.tags import TAGS

CACHED_TEMPLATES = 256
"""Parsed templates kept in memory; the least recently used goes first."""
CACHED_TEMPLATE_CHARS = 20_000
"""A longer template is parsed each time, so that the cache stays small."""
CACHED_TAG_CHARS = 200_000
"""Length of all tags and outputs in the cache, which is emptied for more: parsed, a character takes up to 400 bytes."""


def render(template: str, scope: Mapping[str, Any], budget: Budget, clock: Clock | None = None) -> str:
    """Render JSON text with Liquid in it. Raises LiquidError.

    ``scope`` holds plain JSON values and is not changed. What ``{{ }}`` prints is escaped as the inside of a JSON
    string.
    """
    parsed = _cached(template) if len(template) <= CACHED_TEMPLATE_CHARS else parse(template, TAGS, Reading(budget))
    now: Callable[[], datetime] = (clock or _SYSTEM).now
    try:
        return parsed.text(Context(dict(scope), FILTERS, now, budget=budget))
    except RecursionError as error:
        raise RenderError("The values are nested too deep.") from error


def check(template: str) -> None:
    """Raise LiquidError if the template cannot be parsed."""
    parse(template, TAGS)


_SYSTEM = SystemClock()


class _Kept:
    tag_chars = 0


_kept = _Kept()


@lru_cache(maxsize=CACHED_TEMPLATES)
def _cached(template: str) -> Parts:
    reading = Reading()
    parsed = parse(template, TAGS, reading)
    _kept.tag_chars += reading.tag_chars
    if _kept.tag_chars > CACHED_TAG_CHARS:
        _cached.cache_clear()
        _kept.tag_chars = reading.tag_chars
    return parsed
