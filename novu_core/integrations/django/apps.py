"""The app in INSTALLED_APPS."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core import checks, signals
from django.utils.module_loading import autodiscover_modules

from novu_core.client.current import frameworks
from novu_core.errors import ConfigurationError
from novu_core.integrations.django.client import bare_client, start_worker
from novu_core.integrations.django.configuration import resolve


class NovuConfig(AppConfig):
    """Imports every app's ``notifications.py`` and connects the client to the project."""

    name = "novu_core.integrations.django"
    label = "novu"
    verbose_name = "Novu"

    def ready(self) -> None:
        """Find the workflows; register what Django calls. Nothing is built, and no setting is read."""
        autodiscover_modules("notifications")
        checks.register(check_settings)
        signals.request_started.connect(start_worker)
        if bare_client not in frameworks:
            frameworks.append(bare_client)


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """Report a setting that does not exist or has no meaning, as ``manage.py check`` does with Django's own."""
    try:
        resolve({})
    except ConfigurationError as error:
        return [checks.Error(str(error), id="novu.E001")]
    return []
