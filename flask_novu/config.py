"""Where an app's settings come from: argument > app.config > environment > default."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from novu_core.errors import ConfigurationError
from novu_core.settings import KEYS, PREFIX, Settings, as_keys, environment

if TYPE_CHECKING:
    from flask import Flask


def set_defaults(app: Flask) -> None:
    """Make every setting visible in the app's config: what it sets itself, else the environment, else the default.

    JSON in the environment that cannot be read counts as unset here, and is an error at the first use.
    """
    defaults = Settings()
    try:
        found = environment()
    except ConfigurationError:
        found = {}
    for name, key in KEYS.items():
        app.config.setdefault(key, found.get(key, getattr(defaults, name)))


def resolve(app: Flask, given: Mapping[str, Any]) -> Settings:
    """Return the settings as they stand now, ``given`` before the app's config. Raises ConfigurationError.

    The default store is in memory while testing, else ``novu.db`` in the instance folder, which is made.
    """
    environment()  # raises for what set_defaults could not read
    configured = {key: value for key, value in app.config.items() if key.startswith(PREFIX)}
    settings = Settings.load(as_keys(given), as_keys(configured), debug=bool(app.debug), testing=bool(app.testing))
    if settings.store_url is not None or app.testing:
        return settings
    folder = Path(app.instance_path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The instance folder {folder}, which would hold the store, cannot be created: {error}. Set NOVU_STORE_URL."
        ) from error
    return settings.model_copy(update={"store_url": f"sqlite:///{folder / 'novu.db'}"})
