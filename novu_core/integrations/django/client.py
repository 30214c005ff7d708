"""The project's client, and which one is in use."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

from django.urls import NoReverseMatch, get_script_prefix, reverse
from werkzeug.local import LocalProxy

from novu_core.client import Client
from novu_core.client.current import innermost
from novu_core.client.once import once
from novu_core.client.waking import Waking
from novu_core.definition.registry import Registry, collect, default_registry
from novu_core.integrations.django.configuration import own_secrets, project_name, resolve
from novu_core.integrations.django.processes import connections_as_in_a_request, management_command
from novu_core.integrations.django.templates import ProjectTemplates
from novu_core.settings import as_keys
from novu_core.templates.base import Templates
from novu_core.threads import OwnLock

_wake = Waking()
RAW_PATH = "novu_core.path_info"
"""Where the undecoded path of a WSGI request is kept, since Django's own decoding cannot be taken back."""


class AppClient(Client):
    """A client that reads Django's settings when it is first used.

    ``workflows`` as :class:`novu_core.Client` takes them; without them the default registry, which the apps'
    ``notifications.py`` fill, and ``NOVU_WORKFLOWS``. ``given``: settings as keywords, which win over Django's.
    """

    def __init__(self, workflows: Any = None, **given: Any) -> None:
        as_keys(given)
        super().__init__(
            lambda: resolve(given), workflows, context=connections_as_in_a_request, console=None, name=project_name()
        )
        self.wakes = management_command() is None

    @once
    def registry(self) -> Registry:
        """The workflows given; else the default registry, also what it will hold, and ``NOVU_WORKFLOWS``."""
        if self._sources is not None:
            return super().registry
        registry = Registry()
        registry.follow(default_registry)
        registry.add(*collect(self.settings.workflows or ()).values())
        return registry

    def substitutes(self) -> Sequence[str | bytes]:
        """Return the project's own secrets in the place of one that is not set, so that tokens outlive a reload."""
        return super().substitutes() and (own_secrets() or super().substitutes())

    def prefix(self) -> str:
        """Return the path under which the URLconf includes the routes; the settings' where none does."""
        try:
            return reverse("novu:bridge").removeprefix(get_script_prefix().rstrip("/")).rstrip("/")
        except NoReverseMatch:
            return super().prefix()

    @once
    def templates(self) -> Templates:
        """The templates of the project, unless the settings name others. Raises ConfigurationError."""
        return super().templates if self.settings.templates is not None else ProjectTemplates()

    def use(self, client: Client) -> AbstractContextManager[None]:
        """Let another client answer for the project, as ``novu_core.testing.NovuEnvironment(app=novu)`` does."""
        return using(client)


class _Project:
    def __init__(self) -> None:
        self.client: Client | None = None
        self.lock = OwnLock()


_project = _Project()


def client_in_use() -> Client:
    """Return the project's client, made at the first call, or the one that a test put in its place."""
    with _project.lock:
        if _project.client is None:
            _project.client = AppClient()
        return _project.client


@contextmanager
def using(client: Client) -> Generator[None]:
    """Put a client in the place of the project's, in every thread."""
    before, _project.client = _project.client, client
    try:
        yield
    finally:
        _project.client = before


novu: Client = cast(Client, LocalProxy(client_in_use))


def bare_client() -> Client | None:
    """Return the client of a bare ``workflow.trigger()``, unless it stands in a ``with client:``, which is nearer."""
    return None if innermost.get() else client_in_use()


def start_worker(environ: dict[str, Any] | None = None, **_: Any) -> None:
    """Let a process's first request, whatever it asks for, start its worker.

    Whoever serves requests is a server, though a management command such as ``runserver`` may have started it.
    """
    if environ is not None:
        environ[RAW_PATH] = environ.get("PATH_INFO", "")
    _wake(_served)


def _served() -> Client:
    client = client_in_use()
    client.wakes = client.wakes or management_command() != "test"
    return client
