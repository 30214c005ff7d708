"""``--app module:attribute``: finds the client of whatever the attribute is, and imports no web framework for it."""

from __future__ import annotations

import importlib
import inspect
import os
from types import ModuleType
from typing import Any

import click

from novu_core.client import Client
from novu_core.definition.registry import collect
from novu_core.errors import ConfigurationError
from novu_core.integrations.terminal.output import Failure

HELP = (
    "module:attribute, naming a Client, a FastAPI or Flask app, a NovuRouter, a function that returns one of these, "
    "or a registry of workflows; or a module that has one as app, novu or client, or that defines workflows. Workflows "
    "alone run as the NOVU_ variables say; without --app those that NOVU_WORKFLOWS names."
)
_NAMES = ("app", "novu", "client")
"""Where a module that is named without an attribute is looked at."""


def load(app: str | None, context: click.Context) -> Client:
    """Return the client of ``module:attribute``; what is entered or made for it ends with the context.

    Raises click.UsageError, Failure and ConfigurationError.
    """
    if not app:
        if not os.environ.get("NOVU_WORKFLOWS"):
            raise click.UsageError("Pass --app module:attribute, or set NOVU_WORKFLOWS.")
        return context.with_resource(Client())
    module, _, attribute = app.partition(":")
    found = _imported(module)
    for name in filter(None, attribute.removesuffix("()").split(".")):
        if not hasattr(found, name):
            raise Failure(f"--app: the module {module!r} has no {attribute!r}.")
        found = getattr(found, name)
    found = found() if inspect.isfunction(found) else found
    client = _client_in(found, context)
    if client is not None:
        return client
    try:
        workflows = collect(found)
    except ConfigurationError:
        workflows = None
    if not workflows:
        raise Failure(
            f"--app: {app} is not a client, and has neither a client nor a workflow; name one as module:attribute."
        )
    return context.with_resource(Client(workflows=workflows))


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # the module is there, and imports what is not
        raise Failure(f"--app: there is no module {module!r}; write its name as in an import.") from error


def _client_in(found: Any, context: click.Context) -> Client | None:
    if isinstance(found, Client):
        return found
    if isinstance(found, ModuleType):
        inside = (_client_in(vars(found).get(name), context) for name in _NAMES)
        return next((client for client in inside if client is not None), None)
    extensions = getattr(found, "extensions", None)
    if isinstance(extensions, dict):  # Flask's
        client = extensions.get("novu")
        if client is not None:
            context.with_resource(found.app_context())
    else:
        client = getattr(getattr(found, "state", None), "novu", None) or getattr(found, "client", None)
    return client if isinstance(client, Client) else _routed(found)


def _routed(app: Any) -> Client | None:
    """The client of a router that a FastAPI app includes, which it shows as ``app.state.novu`` when it starts."""
    for route in getattr(app, "routes", None) or ():
        included = getattr(route, "original_router", None)  # older versions copy a router's routes
        client = getattr(getattr(route, "endpoint", None), "novu", None) if included is None else _routed(included)
        if isinstance(client, Client):
            return client
    return None
