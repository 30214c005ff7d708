"""Where an app's settings come from: argument > app.config > environment > default, read at the first use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from novu_core.errors import ConfigurationError
from novu_core.settings import KEYS, PREFIX, Settings, as_keys, environment

if TYPE_CHECKING:
    from flask import Flask


def visible_defaults() -> dict[str, Any]:
    """Return what ``init_app`` puts into an app's config where the user set nothing."""
    defaults = Settings()
    try:
        found = environment()
    except ConfigurationError:  # it is told at the first use, as every other setting that can not be read
        found = {}
    return {key: found.get(key, _own(getattr(defaults, name))) for name, key in KEYS.items()}


def _own(value: Any) -> Any:
    """Return an object of our own, so that a user's equal value is told from the default."""
    return value.encode().decode() if isinstance(value, str) else value


def resolve(app: Flask, shown: Mapping[str, Any], given: Mapping[str, Any]) -> Settings:
    """Return the settings as they stand now. ``shown``: the defaults that ``init_app`` made visible."""
    configured = {
        key: value
        for key, value in app.config.items()
        if key.startswith(PREFIX) and not (key in shown and value is shown[key])
    }
    return Settings.load(as_keys(given), configured, environment(), debug=bool(app.debug), testing=bool(app.testing))
