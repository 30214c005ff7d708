"""Where a project's settings come from: argument > settings.NOVU_* > environment > default."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from novu_core.errors import ConfigurationError
from novu_core.settings import PREFIX, Settings, as_keys, environment


def project_name() -> str | None:
    """Return what the project is called: the package of its settings."""
    return os.environ.get("DJANGO_SETTINGS_MODULE", "").partition(".")[0] or None


def own_secrets() -> Sequence[str | bytes]:
    """Return the project's ``SECRET_KEY`` and its fallbacks, if there are any."""
    try:
        return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    except ImproperlyConfigured:
        return []


def wants_celery() -> bool:
    """Whether the settings say that Celery runs what is due; what is wrong with them, ``manage.py check`` tells."""
    return getattr(settings, PREFIX + "WORKER", os.environ.get(PREFIX + "WORKER")) == "celery"


def resolve(given: Mapping[str, Any]) -> Settings:
    """Return the settings as they stand now. Raises ConfigurationError that names the setting, unknown ones too.

    The default store is ``novu.db`` in ``settings.BASE_DIR``, where a new project keeps its own database.
    """
    configured = {name: getattr(settings, name) for name in dir(settings) if name.startswith(PREFIX)}
    loaded = Settings.load(as_keys(given), as_keys(configured), environment(), debug=bool(settings.DEBUG))
    if loaded.store_url is not None:
        return loaded
    folder = getattr(settings, "BASE_DIR", None)
    if folder is None:
        raise ConfigurationError("Set NOVU_STORE_URL: the settings have no BASE_DIR, where novu.db would be kept.")
    return loaded.model_copy(update={"store_url": f"sqlite:///{Path(folder) / 'novu.db'}"})
