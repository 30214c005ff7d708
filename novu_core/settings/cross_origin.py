"""``NOVU_CORS``: what browsers are told about requests of other origins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@*]+")
NAMED = "supports_credentials needs named origins; with * any page could act as the user"


def _several(value: Any) -> Any:
    if not isinstance(value, str | list | tuple | set | frozenset | None):
        raise ValueError("use a string, or a list of strings")
    values = (value,) if isinstance(value, str) else value or ()
    return tuple(item for item in values if item not in ("", None))  # a variable that is not set opens nothing


def _as_browsers_send_them(origins: tuple[str, ...]) -> tuple[str, ...]:
    lowered = tuple(origin.lower() for origin in origins)
    for origin in lowered:
        if origin not in ("*", "null") and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r} is not an origin; write scheme, host and port, as in https://app.example.org")
    return lowered


Several = Annotated[tuple[str, ...], BeforeValidator(_several)]
"""A string, or a list of strings."""
Origins = Annotated[Several, AfterValidator(_as_browsers_send_them)]
"""Origins such as ``https://app.example.org``, or ``*`` for any."""


class CrossOrigin(BaseModel):
    """Which pages of other origins a browser lets read the answers of the routes beside the bridge. Immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origins: Origins = Field(default=(), description="origins such as `https://app.example.org`, or `*` for any")
    supports_credentials: bool = Field(
        default=False, description="whether cookies and other credentials may be sent; this requires named origins"
    )
    allow_headers: Several = Field(
        default=("authorization", "content-type"), description="request headers that a page may send"
    )
    expose_headers: Several = Field(default=(), description="response headers that a page may read")
    max_age: timedelta = Field(
        default=timedelta(seconds=600),
        ge=timedelta(0),
        description="how long a browser may cache the answer to a preflight request",
    )

    @model_validator(mode="after")
    def _credentials_need_names(self) -> CrossOrigin:
        if self.supports_credentials and "*" in self.origins:
            raise ValueError(NAMED)
        return self

    def for_flask(self, methods: Sequence[str], headers: Sequence[str] = ()) -> dict[str, Any]:
        """Return the options of ``flask_cors.cross_origin`` for a route with these methods and more request headers.

        Origins are compiled, for a string that looks like a pattern would match as a prefix.
        """
        return {
            "origins": [origin if origin == "*" else re.compile(re.escape(origin) + r"\Z") for origin in self.origins],
            "methods": list(methods),
            "allow_headers": [*self.allow_headers, *headers],
            "expose_headers": list(self.expose_headers),
            "supports_credentials": self.supports_credentials,
            "max_age": self.max_age,
            "always_send": False,
            "automatic_options": False,
        }

    def for_starlette(self, methods: Sequence[str], headers: Sequence[str] = ()) -> dict[str, Any]:
        """Return the options of Starlette's ``CORSMiddleware`` for a route with these methods and more headers."""
        return {
            "allow_origins": list(self.origins),
            "allow_methods": list(methods),
            "allow_headers": [*self.allow_headers, *headers],
            "expose_headers": list(self.expose_headers),
            "allow_credentials": self.supports_credentials,
            "max_age": int(self.max_age.total_seconds()),
        }
