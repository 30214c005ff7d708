"""The extension: gives a Flask app a client and the blueprint."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from flask import Flask
from typing_extensions import Unpack

from flask_novu import signals
from flask_novu.blueprint import make_blueprint
from flask_novu.commands import Commands
from flask_novu.config import resolve, set_defaults
from flask_novu.csrf import exempt
from flask_novu.inbox import offer
from flask_novu.links import run_context
from flask_novu.templates import AppTemplates
from novu_core.client import Client
from novu_core.client.celery import prepare_celery
from novu_core.client.current import held
from novu_core.client.once import once
from novu_core.definition.registry import Registry, collect, default_registry
from novu_core.definition.workflow import Workflow, WorkflowOptions
from novu_core.settings import PREFIX, Settings, as_keys
from novu_core.templates.base import Templates

_APP = "The Flask app of this client"


class AppClient(Client):
    """An app's client, built on first use, so that settings changed after ``init_app`` still apply."""

    def __init__(self, app: Flask, sources: Any, extension: Registry, given: Mapping[str, Any]) -> None:
        self._app = found = weakref.ref(app)  # the app holds the client: both go away as soon as nobody holds the app
        self._extension = extension
        super().__init__(
            lambda: resolve(held(found, _APP), given),
            sources,
            context=lambda: run_context(held(found, _APP)),
            listeners=[lambda name, **data: signals.send(held(found, _APP), name, **data)],
            name=app.name,
        )

    @once
    def registry(self) -> Registry:
        """The workflows of the app: those given, and the extension's own, also those that are decorated later."""
        sources = self.settings.workflows if self._sources is None else self._sources
        base = default_registry if sources is None else sources
        registry = Registry() if isinstance(base, Registry) else collect(base)
        for followed in (base, self._extension):
            if isinstance(followed, Registry):
                registry.follow(followed)
        return registry

    @once
    def templates(self) -> Templates:
        """The templates of the app, unless the settings name others. Raises ConfigurationError."""
        if self.settings.templates is not None:
            return super().templates
        found = self._app
        return AppTemplates(lambda: held(found, _APP), self.settings.translations)

    def alive(self) -> AbstractContextManager[Any]:
        """Return what keeps the client and its app alive. Raises ReferenceError where the app is gone."""
        return nullcontext((self, held(self._app, _APP)))

    def belongs_to(self, owner: object) -> bool:
        """Whether this is that client, or the one of that app, or of an app of that extension."""
        return owner in (self, self._app()) or getattr(owner, "registry", None) is self._extension

    def substitutes(self) -> Sequence[str | bytes]:
        """Return the app's own secrets in the place of one that is not set, so that tokens outlive a reload."""
        app = held(self._app, _APP)
        own = [app.secret_key, *(app.config.get("SECRET_KEY_FALLBACKS") or ())]
        return super().substitutes() and (tuple(key for key in own if key) or super().substitutes())

    @contextmanager
    def use(self, client: Client) -> Generator[None]:
        """Let another client answer for the app, as ``novu_core.testing.NovuEnvironment(app=app)`` does."""
        app = held(self._app, _APP)
        app.extensions["novu"] = client
        try:
            yield
        finally:
            app.extensions["novu"] = self


class Novu:
    """The Flask extension. ``Novu(app)``, or ``novu = Novu()`` and ``novu.init_app(app)`` in an app factory.

    Nothing of an app is kept here: one extension serves any number of apps. The app's client is
    ``app.extensions["novu"]``, and ``flask_novu.current_novu`` inside a context.
    """

    def __init__(self, app: Flask | None = None, *, workflows: Any = None, **settings: Any) -> None:
        self.registry = Registry()
        self._workflows = workflows
        self._settings = settings
        if app is not None:
            self.init_app(app)

    def workflow(
        self, workflow_id: str, **options: Unpack[WorkflowOptions]
    ) -> Callable[[Callable[..., Any]], Workflow]:
        """Decorate a function as a workflow of this extension's apps; no app is needed yet."""
        return self.registry.workflow(workflow_id, **options)

    def init_app(self, app: Flask, *, workflows: Any = None, **settings: Any) -> None:
        """Give ``app`` its client and the routes.

        Raises RuntimeError at the second call for one app, and ConfigurationError for a setting that does not exist.

        ``workflows``: objects, modules, or import strings, or a list of these; without it ``NOVU_WORKFLOWS``, else the
        default registry; this extension's own always belong to it. ``settings``: any of the keys below in lower case
        and without the prefix; they win over ``app.config``, which wins over the environment. The environment
        and ``NOVU_URL_PREFIX`` are read now, the other values of ``app.config`` at the first use.

        Where the app has Flask-WTF's CSRFProtect, set up before or after this call, these routes are exempt: they take
        no forms, and have guards of their own.

        - ``NOVU_URL_PREFIX``: the path under which the routes are mounted.
        - ``NOVU_SECRET_KEY``: the secret that signs the bridge's requests and gives access to the other routes; for
          rotation, a list with the newest first.
        - ``NOVU_STRICT_AUTHENTICATION``: whether requests must be authenticated; if unset, they must, except while
          testing, and while debugging from this machine.
        - ``NOVU_API_URL``: the address of Novu's API.
        - ``NOVU_DISPATCH``: who runs what is triggered: this engine, or Novu.
        - ``NOVU_STORE_URL``: the SQLAlchemy URL of the store, on SQLite or PostgreSQL; if unset, ``novu.db`` in a Flask
          app's instance folder unless testing, or in Django's ``BASE_DIR``, otherwise memory.
        - ``NOVU_APP``: the app's name, if several apps share a store: each one sees and runs only its own runs. As an
          argument it is ``NOVU_APP``, too, since ``app`` is the Flask app.
        - ``NOVU_WORKFLOWS``: what to serve: workflows, modules or import strings, or a list of these; if unset, the
          default registry.
        - ``NOVU_DELIVERY``: each channel's provider, or a list of providers that are tried in order; a provider is a
          URL, or an object with a ``send`` method.
        - ``NOVU_WEBHOOK_DENY_PRIVATE``: whether webhooks and services at addresses outside the public internet are
          refused; link-local addresses always are.
        - ``NOVU_WORKER``: who runs what is due: a thread in each process (none while testing), only
          ``flask novu worker``, or the workers of the app's Celery.
        - ``NOVU_WAIT``: whether a trigger runs its workflow before it returns, or leaves it to the worker.
        - ``NOVU_RETRY``: how failed deliveries are retried: the number of attempts, and the first and the longest wait
          in seconds.
        - ``NOVU_TIMEZONE``: the time zone of subscribers who have none.
        - ``NOVU_LEASE_SECONDS``: the number of seconds after which a dead worker's runs are taken over; at least 0.1.
        - ``NOVU_TAKEOVERS``: how often a run that makes no progress is taken over from dead workers before it fails; it
          can then be retried.
        - ``NOVU_GRACE_SECONDS``: the number of seconds that runs in progress have to finish when a worker is asked to
          stop; the others are taken over when their leases expire.
        - ``NOVU_RETENTION_DAYS``: the number of days for which runs are kept after they have ended; if unset, forever.
        - ``NOVU_MASKED_KEYS``: words in keys, such as ``token``, whose values are hidden in the history once the run
          has completed; ``[]`` hides nothing.
        - ``NOVU_INBOX_RETENTION_DAYS``: the number of days for which in-app messages are kept; if unset, forever.
        - ``NOVU_CORS_ORIGINS``: the origins whose pages may call the routes other than the bridge; the same as
          ``origins`` in ``NOVU_CORS``.
        - ``NOVU_CORS``: which pages of other origins may call the routes other than the bridge, and how.
        - ``NOVU_APPLICATION_IDENTIFIER``: the only ``applicationIdentifier`` that opens inboxes; if unset, any does.
        - ``NOVU_BRANDING``: whether Novu's ``<Inbox/>`` shows ``Inbox by Novu`` at the bottom.
        - ``NOVU_PUBLIC_URL``: the address that links in messages lead to: those to unsubscribe, and those that
          ``url_for`` of a Flask app builds inside a workflow; one-click unsubscribing needs ``https``.
        - ``NOVU_MAX_BODY_BYTES``: the size of the largest request body, in bytes.
        - ``NOVU_TEMPLATES``: where the templates are that steps name: a folder, or several; a Jinja environment, or its
          import string ``module:name``; if unset, those of the Flask app or the Django project.
        - ``NOVU_TRANSLATIONS``: folders of compiled gettext catalogues (``<locale>/LC_MESSAGES/messages.mo``); if
          unset, those of the Flask app or the Django project.
        - ``NOVU_MAX_ATTACHMENT_BYTES``: the largest total size of the attachments of one e-mail, in bytes.
        - ``NOVU_EXPOSE_ERRORS``: whether answers include the messages and traces of your code's errors; if unset, only
          while debugging.
        - ``NOVU_STUDIO``: whether the Studio is served; ``auto``: only while debugging.
        - ``NOVU_STUDIO_PASSWORD``: a password for the Studio for people who may preview workflows and change control
          values, but see no runs, messages or subscribers; the secret gives access to everything.
        - ``NOVU_STUDIO_ACCESS``: who may use the Studio, instead of its login: a function, or its import string, that
          is called for each request, with the framework's request if it takes an argument, and returns ``"all"``,
          ``"edit"`` or None.
        """
        if "novu" in app.extensions:
            raise RuntimeError(
                f"The Flask app {app.name!r} already has a Novu extension. Call Novu(app) or init_app(app) only once."
            )
        given = {**self._settings, **settings}
        as_keys(given)
        chosen = workflows if workflows is not None else self._workflows
        set_defaults(app)
        prefix = Settings.build(url_prefix=given.get("url_prefix") or app.config[PREFIX + "URL_PREFIX"]).url_prefix
        app.extensions["novu"] = AppClient(app, chosen, self.registry, given)
        blueprint = make_blueprint()
        app.register_blueprint(blueprint, url_prefix=prefix)
        exempt(app, blueprint)
        offer(app)
        if given.get("worker", app.config[PREFIX + "WORKER"]) == "celery":
            prepare_celery()
        if "novu" not in app.cli.commands:
            app.cli.add_command(
                Commands("novu", help="Notification workflows: list, trigger, preview, history, worker.")
            )


def serve(app: Flask, route: str = "/api/novu", workflows: Any = None, **settings: Any) -> Client:
    """Mount workflows on ``app`` under ``route`` and return the app's client; the same call exists for FastAPI."""
    if "url_prefix" in settings:
        raise TypeError("serve() takes the prefix as its argument `route`, not as url_prefix.")
    Novu().init_app(app, workflows=workflows, url_prefix=route, **settings)
    client: Client = app.extensions["novu"]
    return client
