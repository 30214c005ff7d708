"""The Studio's surface: the page, which holds nothing of the app, and its files; open to everybody where it is on."""

from __future__ import annotations

from novu_core.aio import IO
from novu_core.errors import PathNotFoundError
from novu_core.http.errors import error_response
from novu_core.http.messages import Request, Response
from novu_core.http.studio.files import TYPES, Files
from novu_core.http.surface import Operation, Route, Served, Surface

_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
_FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src {images}; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_FRAME = "frame.html"
_ALWAYS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


async def page(served: Served, request: Request, io: IO) -> Response:
    """Answer with the page; an address that ends with a slash leads to the one without, below which its files are."""
    _check_on(served, "studio")
    if request.path.endswith("/"):
        return Response(308, b"", {"location": "../studio", **_headers("html", "no-store")})
    found = await io.call(_files, served)
    return Response(200, found.page(), _headers("html", "no-store"))


async def file(served: Served, request: Request, io: IO) -> Response:
    """Answer with a file. Under the present version it may be kept for ever, for another content has another one."""
    asked = request.path_params["path"].rstrip("/")
    _check_on(served, f"studio/{asked}")
    version, _, name = asked.partition("/")
    found = await io.call(_files, served)
    content = found.get(name)
    if content is None:
        raise PathNotFoundError(f"studio/{asked}")
    kept = "public, max-age=31536000, immutable" if version == found.version else "no-store"
    headers = _headers(name.rpartition(".")[2], kept)
    if name == _FRAME:
        images = "data: https:" if request.first("images") is not None else "data:"
        headers["content-security-policy"] = _FRAME_POLICY.format(images=images)
    return Response(200, content, headers)


def _files(served: Served) -> Files:
    """Return the files: anew for each request while debugging, when they may be in an editor."""
    return Files() if served.client.settings.debug else served.keep(_read_once)


def _read_once(served: Served) -> Files:
    return Files()


def _headers(suffix: str, kept: str) -> dict[str, str]:
    return {
        "content-type": TYPES[suffix],
        "cache-control": kept,
        "content-security-policy": _PAGE_POLICY,
        **_ALWAYS,
    }


def _check_on(served: Served, path: str) -> None:
    if not served.client.settings.studio_on:
        raise PathNotFoundError(path, "the Studio is off: set NOVU_STUDIO to on, or run in debug mode while developing")


SURFACE = Surface(
    (
        Route("/studio", {"GET": Operation(page, public=True, kept=True)}),
        Route("/studio/{path...}", {"GET": Operation(file, public=True, kept=True)}),
    ),
    lambda served, request: None,
    lambda served, request, error: error_response(error, expose=served.expose),
    cross_origin=False,
)
