"""Where ``url_for`` leads inside a run: to ``NOVU_PUBLIC_URL``, in a worker as in a request."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, has_request_context
from flask.globals import app_ctx
from werkzeug.routing import MapAdapter

from flask_novu.globals import client_of


@contextmanager
def run_context(app: Flask) -> Generator[None]:
    """Push an app context for a run; ``url_for`` builds full URLs below ``NOVU_PUBLIC_URL`` there, where it is set."""
    with app.app_context() as context:
        url = client_of(app).settings.public_url
        if url is not None:
            parts = urlsplit(url)
            bound = app.url_map.bind(parts.netloc, script_name=parts.path or "/", url_scheme=parts.scheme)
            context.url_adapter = cast(MapAdapter, _Public(bound))
            if has_request_context():
                _watch_request()
        yield


class _Public:
    """An adapter that builds full URLs only: a link in a message has no page that it could be relative to."""

    def __init__(self, adapter: MapAdapter) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    def build(self, *args: Any, **options: Any) -> str:
        return self._adapter.build(*args, **{**options, "force_external": True})


class _OfRequest:
    """A request's adapter, which inside a run leaves the building of URLs to that of the run's context."""

    def __init__(self, adapter: MapAdapter) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    def build(self, *args: Any, **options: Any) -> str:
        inner: Any = app_ctx.url_adapter
        return (inner if isinstance(inner, _Public) else self._adapter).build(*args, **options)


def _watch_request() -> None:
    """Flask 3.1 asks the request for an adapter, also inside a nested app context; later ones ask that context."""
    from flask.globals import request_ctx

    context: Any = request_ctx
    if not isinstance(context.url_adapter, _OfRequest):
        context.url_adapter = _OfRequest(context.url_adapter)
