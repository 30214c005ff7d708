"""The app in INSTALLED_APPS."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core import checks, signals
from django.utils.module_loading import autodiscover_modules

from novu_core.client.celery import prepare_celery
from novu_core.client.current import frameworks
from novu_core.errors import ConfigurationError
from novu_core.integrations.announcing import TOLD, base_of, studio_at
from novu_core.integrations.django.client import bare_client, client_in_use, start_worker
from novu_core.integrations.django.configuration import resolve, wants_celery
from novu_core.lines import logger_of


class NovuConfig(AppConfig):
    """Imports every app's ``notifications.py`` and connects the client to the project."""

    name = "novu_core.integrations.django"
    label = "novu"
    verbose_name = "Novu"

    def ready(self) -> None:
        """Find the workflows; register what Django calls. Nothing is built."""
        autodiscover_modules("notifications")
        checks.register(check_settings)
        signals.request_started.connect(start_worker)
        signals.request_started.connect(tell_studio)
        if bare_client not in frameworks:
            frameworks.append(bare_client)
        if wants_celery():
            prepare_celery()


def tell_studio(environ: dict[str, Any] | None = None, scope: Any = None, **_: Any) -> None:
    """While debugging, tell at a process's first request where the Studio is."""
    signals.request_started.disconnect(tell_studio)
    found = studio_at(client_in_use, _base_of(environ) if environ else base_of(scope))
    if found:
        logger_of("django.novu").info(TOLD, found)


def _base_of(environ: dict[str, Any]) -> str:
    host = environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}"
    return f"{environ.get('wsgi.url_scheme', 'http')}://{host}{environ.get('SCRIPT_NAME', '')}"


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """Report a setting that does not exist or has no meaning, as ``manage.py check`` does with Django's own."""
    try:
        resolve({})
    except ConfigurationError as error:
        return [checks.Error(str(error), id="novu.E001")]
    return []
