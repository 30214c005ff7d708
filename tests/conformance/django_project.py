"""The one Django project of this process: every prefix that the suites use, and each request for a client of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from django.urls import include, path

from novu_core.client.current import frameworks
from tests.conformance.bridge.runner import MOUNTS

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=["novu_core.integrations.django"],
        LOGGING_CONFIG=None,
        MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="s",
    )
    django.setup()
    frameworks.pop()  # the bare triggers of other tests are not this project's

from novu_core.errors import ConfigurationError
from novu_core.integrations.django.client import AppClient, using
from novu_core.integrations.django.urls import bridge

urlpatterns = [
    found
    for prefix in ("api/novu", *MOUNTS)
    for found in (path(prefix, bridge), path(prefix + "/", include("novu_core.integrations.django.urls")))
]


class Project:
    """What a project with these workflows and settings does. ``wsgi`` and ``asgi`` are its two applications."""

    def __init__(self, workflows: Any, *, debug: bool = False, **given: Any) -> None:
        self._debug = debug
        self.client = AppClient(workflows, **given)
        with self._answering(), suppress(ConfigurationError):  # which requests are told
            self.client.settings  # noqa: B018  # read while DEBUG is as asked

    @contextmanager
    def _answering(self) -> Iterator[None]:
        with override_settings(DEBUG=self._debug), using(self.client):
            yield

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ.setdefault("REMOTE_ADDR", "127.0.0.1")  # which every server tells
        with self._answering():
            return WSGIHandler()(environ, start_response)

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            with self._answering():
                await ASGIHandler()(scope, receive, send)
