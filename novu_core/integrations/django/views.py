"""The views: convert Django's requests and responses for the one request handler, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import werkzeug.urls  # noqa: F401  # registers how Flask decodes a query that is not UTF-8
from django.contrib.auth.decorators import login_not_required
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.views.decorators.csrf import csrf_exempt

from novu_core.aio import Blocking, Looped, drive
from novu_core.http.handler import unserved
from novu_core.http.messages import Request, Response, target_of
from novu_core.http.surface import Route, Surface
from novu_core.integrations.django.client import RAW_PATH
from novu_core.integrations.django.site import known_site, make_site

V = TypeVar("V", bound=Callable[..., Any])
_BLOCKING, _LOOPED = Blocking(), Looped()


def sync_view(surface: Surface, route: Route) -> Callable[..., HttpResponse]:
    """Return the view of a route for WSGI."""

    def view(request: HttpRequest, **path_params: str) -> HttpResponse:
        try:
            site = known_site() or make_site()
        except Exception as error:
            return _response(request, unserved(surface, "django", _target(request), error))
        asked = _request(request, route, path_params, site.client.settings.max_body_bytes)
        response = _response(request, drive(site.handler.handle(surface, route, asked, _BLOCKING)))
        site.share(surface, route, request, response)
        return response

    return guarded_by_the_surface(view)


def async_view(surface: Surface, route: Route) -> Callable[..., Coroutine[Any, Any, HttpResponse]]:
    """Return the view of a route for ASGI. Django cancels it when the caller hangs up; the run goes on to its end."""

    async def view(request: HttpRequest, **path_params: str) -> HttpResponse:
        site = known_site()
        if site is None:
            try:
                site = await _LOOPED.call(make_site)
            except Exception as error:
                return _response(request, unserved(surface, "django", _target(request), error))
        asked = _request(request, route, path_params, site.client.settings.max_body_bytes)
        answer = asyncio.ensure_future(site.handler.handle(surface, route, asked, _LOOPED))
        response = _response(request, await asyncio.shield(answer))
        site.share(surface, route, request, response)
        return response

    return guarded_by_the_surface(view)


def guarded_by_the_surface(view: V) -> V:
    """Leave out what is for browsers with a session, and ATOMIC_REQUESTS: a step that is recorded has happened."""
    for alias in connections:
        view = transaction.non_atomic_requests(using=alias)(view)
    return csrf_exempt(login_not_required(view))


def _request(request: HttpRequest, route: Route, path_params: Mapping[str, str], limit: int) -> Request:
    unread = False
    try:
        body = _body(request, limit + 1)
    except Exception:  # each server has its own
        body, unread = b"", True
    return Request(
        method=request.method or "",
        query=_query(request),
        headers=request.headers,
        body=body,
        path=request.path,
        path_params=_decoded(request, path_params),
        raw_path=_raw_path(request, route, path_params),
        target=_target(request),
        client=request.META.get("REMOTE_ADDR"),
        scheme=request.scheme or "http",
        unread=unread,
        source=request,
    )


def _query(request: HttpRequest) -> Sequence[tuple[str, str]]:
    """Parse as Flask does; ``request.GET`` would refuse many fields, and replace what is not UTF-8."""
    text: str = request.META.get("QUERY_STRING", "")
    if hasattr(request, "environ"):
        text = text.encode("latin-1").decode("utf-8", "werkzeug.url_quote")
    return parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote")


def _body(request: HttpRequest, most: int) -> bytes:
    """Read the stream; ``request.body`` would answer for us where DATA_UPLOAD_MAX_MEMORY_SIZE is smaller."""
    environ = getattr(request, "environ", {})
    if environ.get("wsgi.input_terminated") and not environ.get("CONTENT_LENGTH"):
        chunks: bytes = environ["wsgi.input"].read(most)  # sent in chunks, of which Django reads none
        return chunks
    return request.read(most)


def _decoded(request: HttpRequest, path_params: Mapping[str, str]) -> Mapping[str, str]:
    """Return the path's parameters, decoded as Flask decodes them where they are not UTF-8."""
    path = request.META.get(RAW_PATH, "").encode("latin-1").decode("utf-8", "replace")
    if "\ufffd" not in path:
        return path_params
    return resolve(path, getattr(request, "urlconf", None)).kwargs


def _target(request: HttpRequest) -> str:
    return target_of(_sent_path(request), request.path, request.META.get("QUERY_STRING", ""))


def _sent_path(request: HttpRequest) -> str:
    scope, meta = getattr(request, "scope", {}), request.META
    sent: str = scope.get("raw_path", b"").decode("latin-1") or meta.get("RAW_URI") or meta.get("REQUEST_URI") or ""
    return sent.partition("?")[0]


def _raw_path(request: HttpRequest, route: Route, path_params: Mapping[str, str]) -> str | None:
    """Return the path below the prefix as it was sent, where the server tells; the URLconf says what the prefix is."""
    below = route.pattern("{{{}}}", "{{{}}}").format_map(path_params)
    prefix = request.path_info.rpartition(below)[0] if below else request.path_info
    return _sent_path(request).partition(prefix)[2] or None


def _response(request: HttpRequest, answer: Response) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
    if request.method == "HEAD":  # not every server takes the body away
        response.headers["Content-Length"] = str(len(answer.body))
        response.content = b""
    return response
