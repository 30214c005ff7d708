"""A Django project with live inboxes, in one file; ``asgi`` and ``wsgi`` are its applications."""

from __future__ import annotations

import os

from workflows import SETTINGS, registry

ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["novu_core.integrations.django"]
ROOT_URLCONF = __name__
SECRET_KEY = "s"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "django.middleware.gzip.GZipMiddleware"]
LOGGING_CONFIG = None
os.environ.update(
    {f"NOVU_{name.upper()}": ",".join(v) if isinstance(v, list) else str(v) for name, v in SETTINGS.items()}
)


def urls():
    from django.http import HttpResponse
    from django.urls import include, path
    from django.views.decorators.csrf import csrf_exempt

    from novu_core.integrations.django import novu

    def ping(request):
        return HttpResponse(str(os.getpid()))

    @csrf_exempt
    def send(request, subscriber_id):
        novu.trigger("bell", to=subscriber_id)
        return HttpResponse(str(os.getpid()))

    return [
        path("api/novu/", include("novu_core.integrations.django.urls")),
        path("ping", ping),
        path("send/<str:subscriber_id>", send),
    ]


def __getattr__(name):
    if name == "urlpatterns":
        globals()["urlpatterns"] = urls()
        return globals()["urlpatterns"]
    if name in ("asgi", "wsgi"):
        from django.core.asgi import get_asgi_application
        from django.core.wsgi import get_wsgi_application

        from novu_core.definition.registry import default_registry
        from novu_core.integrations.django.sockets import with_sockets

        default_registry.add(*registry.values())
        return with_sockets(get_asgi_application()) if name == "asgi" else get_wsgi_application()
    raise AttributeError(name)
