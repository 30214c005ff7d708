"""Strings for mocks: one fixed value for each format, and a short string that a pattern matches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from novu_core.javascript.jsonschema.patterns import PatternError, compile_pattern
from novu_core.javascript.samples import CHOICES, LONGEST, Sampler

PLACEHOLDER = "[placeholder]"

_URI = "https://example.com/placeholder"
_FORMATS = {
    "date-time": "2024-01-01T00:00:00.000Z",
    "datetime": "2024-01-01T00:00:00.000Z",
    "date": "2024-01-01",
    "time": "00:00:00.000Z",
    "duration": "P1D",
    "email": "placeholder@example.com",
    "idn-email": "placeholder@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8:0:0:0:0:0:1",
    "uri": _URI,
    "url": _URI,
    "iri": _URI,
    "uri-reference": _URI,
    "iri-reference": _URI,
    "uri-template": _URI,
    "uuid": "00000000-0000-4000-8000-000000000000",
    "json-pointer": "/placeholder",
    "json-pointer-uri-fragment": "#/placeholder",
    "relative-json-pointer": "0/placeholder",
    "regex": ".+?",
    "slug": "placeholder",
    "byte": "W3BsYWNlaG9sZGVyXQ==",
}


def mock_string(schema: Mapping[str, Any]) -> str:
    """Return a string for a schema: by its pattern, else its format, else the placeholder at the length asked for."""
    shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength")
    if isinstance(schema.get("pattern"), str):
        return pattern_sample(schema["pattern"], shortest, longest)
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    text = PLACEHOLDER * max(1, -(-shortest // len(PLACEHOLDER)))
    return text if longest is None else text[: int(longest)]


def pattern_sample(pattern: str, shortest: int = 0, longest: float | None = None) -> str:
    """Return a string that ``pattern`` (JavaScript's) matches, of a length in bounds where that can be found.

    The same pattern always gives the same string, the placeholder if none is found.
    """
    try:
        search = compile_pattern(pattern)
        texts = list(_candidates(Sampler(pattern), min(shortest, LONGEST)))
    except (PatternError, RecursionError):
        return PLACEHOLDER
    matching = [text for text in texts if search(text)]
    for text in matching:
        if shortest <= len(text) and (longest is None or len(text) <= longest):
            return text
    return matching[0] if matching else PLACEHOLDER


def _candidates(sampler: Sampler, shortest: int) -> Iterator[str]:
    """Yield strings for a pattern, the plainest first: repeats as short as they can be, then longer ones."""
    for wanted in (1, 0, 2, 3, 5, shortest):
        for choice in range(CHOICES):
            text = sampler.sample(wanted, choice)
            yield text
            padding = max(0, shortest - len(text))
            yield text + "a" * padding
            yield "a" * padding + text
