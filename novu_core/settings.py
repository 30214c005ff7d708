"""Every setting, with its default, in one place. All are read with the prefix ``NOVU_``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

import pydantic
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from novu_core.errors import ConfigurationError
from novu_core.schedules.retry import Retry
from novu_core.schedules.zones import fault_of_zone

PREFIX = "NOVU_"
_FALLBACKS = {"SECRET_KEY": "NOVU_API_KEY", "STRICT_AUTHENTICATION": "NOVU_STRICT_AUTHENTICATION_ENABLED"}
_STRUCTURED = {"SECRET_KEY", "WORKFLOWS", "DELIVERY", "RETRY", "CORS_ORIGINS", "CORS"}
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@*]+")
_NAMED = "supports_credentials needs named origins; with * any page could act as the user"


def _several(value: Any) -> Any:
    if not isinstance(value, str | list | tuple | set | frozenset | None):
        raise ValueError("give a string, or a list of strings")
    values = (value,) if isinstance(value, str) else value or ()
    return tuple(item for item in values if item not in ("", None))  # a variable that is not set opens nothing


def _as_browsers_send_them(origins: tuple[str, ...]) -> tuple[str, ...]:
    lowered = tuple(origin.lower() for origin in origins)
    for origin in lowered:
        if origin not in ("*", "null") and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r} is not an origin; write scheme, host and port, as https://app.example.org")
    return lowered


Several = Annotated[tuple[str, ...], BeforeValidator(_several)]
"""A string, or a list of strings."""
Origins = Annotated[Several, AfterValidator(_as_browsers_send_them)]
"""Origins such as ``https://app.example.org``, or ``*`` for any."""


class CrossOrigin(BaseModel):
    """Which pages of other origins a browser lets read the answers of the routes beside the bridge. Immutable.

    ``origins``: such as ``https://app.example.org``, or ``*`` for any; none by default. ``supports_credentials``:
    whether cookies and other credentials may come along, which needs named origins. ``allow_headers``: what a page may
    send; ``expose_headers``: what it may read. ``max_age``: how long a browser may keep the answer of a preflight
    request, a timedelta or a number of seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    origins: Origins = ()
    supports_credentials: bool = False
    allow_headers: Several = ("authorization", "content-type")
    expose_headers: Several = ()
    max_age: timedelta = timedelta(seconds=600)

    @model_validator(mode="after")
    def _credentials_need_names(self) -> CrossOrigin:
        if self.supports_credentials and "*" in self.origins:
            raise ValueError(_NAMED)
        return self

    def for_flask(self, methods: Sequence[str]) -> dict[str, Any]:
        """Return the options of ``flask_cors.cross_origin`` for a route with these methods.

        Origins are compiled, for a string that looks like a pattern would match as a prefix.
        """
        return {
            "origins": [origin if origin == "*" else re.compile(re.escape(origin) + r"\Z") for origin in self.origins],
            "methods": list(methods),
            "allow_headers": list(self.allow_headers),
            "expose_headers": list(self.expose_headers),
            "supports_credentials": self.supports_credentials,
            "max_age": self.max_age,
            "always_send": False,
            "automatic_options": False,
        }

    def for_starlette(self, methods: Sequence[str]) -> dict[str, Any]:
        """Return the options of Starlette's ``CORSMiddleware`` for a route with these methods."""
        return {
            "allow_origins": list(self.origins),
            "allow_methods": list(methods),
            "allow_headers": list(self.allow_headers),
            "expose_headers": list(self.expose_headers),
            "allow_credentials": self.supports_credentials,
            "max_age": int(self.max_age.total_seconds()),
        }


class Settings(BaseModel):
    """How one client behaves. Immutable.

    ``debug`` and ``testing`` are not read from the configuration: a framework's integration sets them from its app.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)

    url_prefix: str = "/api/novu"
    secret_key: Several = Field(default=(), repr=False)
    strict_authentication: bool | None = None
    api_url: str = "https://api.novu.co"
    dispatch: Literal["embedded", "cloud"] = "embedded"
    store_url: str | None = Field(default=None, repr=False)
    workflows: Any = None
    delivery: Mapping[str, Any] = Field(default_factory=dict, repr=False)
    worker: Literal["thread", "none"] = "thread"
    retry: Retry = Retry()
    timezone: str = "UTC"
    lease_seconds: float = Field(default=30, gt=0)
    cors_origins: Origins = ()
    cors: CrossOrigin = CrossOrigin()
    max_body_bytes: int = Field(default=1_048_576, gt=0)
    expose_errors: bool | None = None
    debug: bool = False
    testing: bool = False

    @field_validator("cors", mode="before")
    @classmethod
    def _cors_of(cls, value: Any) -> Any:
        return CrossOrigin() if value is None else value

    @field_validator("retry", mode="before")
    @classmethod
    def _retry_of(cls, value: Any) -> Any:
        if value is None or isinstance(value, Retry):
            return value or Retry()
        if not isinstance(value, Mapping) or value.keys() - {"attempts", "base", "cap"}:
            raise ValueError(f"give attempts, base and cap, as {{'attempts': 4}}, not {value!r}")
        try:
            return Retry(**value)
        except ValueError as error:
            raise ValueError(str(error).removeprefix("Retry: ")) from None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        fault = fault_of_zone(value)
        if fault is not None:
            raise ValueError(fault)
        return value

    @field_validator("url_prefix")
    @classmethod
    def _absolute_prefix(cls, value: str) -> str:
        if not value.startswith("/") or value == "/":
            raise ValueError(
                f"{value!r} is not a prefix; it must begin with a slash and name a path, as /api/novu does"
            )
        return value.rstrip("/")

    @model_validator(mode="after")
    def _origins_once(self) -> Settings:
        if self.cors_origins and self.cors.origins:
            raise ValueError("give the origins once, as NOVU_CORS_ORIGINS or as `origins` of NOVU_CORS")
        if self.cors.supports_credentials and "*" in self.cors_origins:
            raise ValueError(f"NOVU_CORS: {_NAMED}")
        return self

    @property
    def cross_origin(self) -> CrossOrigin:
        """What ``NOVU_CORS_ORIGINS`` and ``NOVU_CORS`` say together."""
        return self.cors.model_copy(update={"origins": self.cors_origins}) if self.cors_origins else self.cors

    @property
    def strict(self) -> bool:
        """Whether requests must prove who sent them: as set, else on unless debugging or testing."""
        if self.strict_authentication is not None:
            return self.strict_authentication
        return not (self.debug or self.testing)

    @property
    def open_by_debug(self) -> bool:
        """Whether requests need no proof only because the app is being debugged, not because somebody said so."""
        return self.strict_authentication is None and self.debug and not self.testing

    @property
    def exposes_errors(self) -> bool:
        """Whether answers may carry messages and traces of the user's own errors: as set, else while debugging."""
        return self.debug if self.expose_errors is None else self.expose_errors

    @classmethod
    def load(cls, *sources: Mapping[str, Any], **fixed: Any) -> Settings:
        """Build from ``NOVU_*`` mappings, the first that has a key winning; ``fixed`` are field names and win over all.

        Keys that are not ours are ignored. Raises ConfigurationError that names the setting.
        """
        values: dict[str, Any] = {}
        for source in reversed(sources):
            values |= {name: source[key] for name, key in KEYS.items() if key in source}
        return cls.build(**{**values, **fixed})

    @classmethod
    def build(cls, **values: Any) -> Settings:
        """Build from field names. Raises ConfigurationError that names the setting."""
        try:
            return cls(**values)
        except pydantic.ValidationError as error:
            faults = "; ".join(_told(fault["loc"], fault["msg"]) for fault in error.errors())
            raise ConfigurationError(f"Invalid configuration. {faults}") from None


def _told(where: Sequence[int | str], message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not where:
        return message
    inside = "".join(f".{part}" for part in where[1:])
    return f"{PREFIX}{str(where[0]).upper()}{inside}: {message}"


KEYS = {name: PREFIX + name.upper() for name in Settings.model_fields if name not in ("debug", "testing")}
"""Each setting's field and its key in a configuration; the other fields are the app's to say."""


def as_keys(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword settings (``delivery=...``) as ``NOVU_*`` keys. Raises ConfigurationError for an unknown one."""
    unknown = sorted(given.keys() - KEYS.keys())
    if unknown:
        raise ConfigurationError(f"Unknown setting {', '.join(unknown)}; use one of {', '.join(KEYS)}.")
    return {KEYS[name]: value for name, value in given.items() if value is not None}


def checked_keys(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``given``. Raises ConfigurationError for an unknown NOVU_ key."""
    known = {*KEYS.values(), *_FALLBACKS.values()}
    for key in given:
        if key in Settings.model_fields or (key.startswith(PREFIX) and key not in known):
            meant = PREFIX + key.upper()
            fix = f"write {meant}" if meant in known else f"use one of {', '.join(sorted(known))}"
            raise ConfigurationError(f"Unknown setting {key!r}; {fix}.")
    return given


def environment(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the ``NOVU_*`` settings of the environment.

    Empty values count as unset; JSON is read where a list or a map fits. Raises ConfigurationError.
    """
    environ = os.environ if environ is None else environ
    found: dict[str, Any] = {}
    for key in KEYS.values():
        name = key.removeprefix(PREFIX)
        text = environ.get(key) or environ.get(_FALLBACKS.get(name, ""), "")
        if text:
            found[key] = _structured(name, text) if name in _STRUCTURED else text
    return found


def _structured(name: str, text: str) -> Any:
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise ConfigurationError(f"{PREFIX}{name} looks like JSON but cannot be read: {error}") from None
    return [part.strip() for part in text.split(",")] if name in ("CORS_ORIGINS", "WORKFLOWS") else text
