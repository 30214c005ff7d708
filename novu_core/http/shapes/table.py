"""Finds the route of a path below ``/v1`` and ``/v2``, the method counted: ``trigger/bulk`` is an id to DELETE alone.

One table for every framework: their own ones see two rests of paths, so that a request of another surface is not held
against seventy routes first, and an id with an encoded slash stays one id wherever the server tells the path as sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from novu_core.http.messages import Request
from novu_core.http.surface import Route


class Table:
    """Routes by their first two segments and their length."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: dict[tuple[int, tuple[str, ...]], list[tuple[list[str], Route]]] = {}
        for route in routes:
            parts = route.path.strip("/").split("/")
            self._routes.setdefault((len(parts), tuple(parts[:2])), []).append((parts, route))
        for found in self._routes.values():
            found.sort(key=lambda entry: [part.startswith("{") for part in entry[0]])  # literal segments first

    def matching(self, segments: list[str]) -> Iterator[tuple[Route, dict[str, str]]]:
        """Yield every route of a path with its parameters, those with more literal segments first."""
        for parts, route in self._routes.get((len(segments), tuple(segments[:2])), ()):
            params = _params(parts, segments)
            if params is not None:
                yield route, params


def _params(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    params = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            if not segment:
                return None
            params[part.strip("{}")] = segment
        elif part != segment:
            return None
    return params


def segments_of(base: str, request: Request) -> list[str]:
    """Return the decoded segments of a path, those of ``base`` first; a slash that was sent encoded does not part any.

    ``base``: what stands before the route's ``{path...}``, such as ``v1``.
    """
    rest = request.path_params.get("path", "").rstrip("/")
    sent = (request.raw_path or "").partition(f"/{base}/")[2].rstrip("/")
    if unquote(sent).rstrip("/") == rest:  # an encoded slash at the end is the id's own
        return [*base.split("/"), *map(unquote, sent.split("/"))]
    return [*base.split("/"), *rest.split("/")]
