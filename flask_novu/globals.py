"""``current_novu``: the present app's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, has_app_context
from werkzeug.local import LocalProxy

from novu_core.client import Client
from novu_core.client.current import frameworks

if TYPE_CHECKING:
    from flask import Flask


def client_of(app: Flask) -> Client:
    """Return an app's client. Raises RuntimeError, naming the fix, where the extension is not initialised."""
    client = app.extensions.get("novu")
    if client is None:
        raise RuntimeError(f"The Flask app {app.name!r} has no Novu extension; call Novu(app) or novu.init_app(app).")
    return cast(Client, client)


current_novu: Client = cast(Client, LocalProxy(lambda: client_of(current_app)))


def _current_client() -> Client | None:
    return current_app.extensions.get("novu") if has_app_context() else None


frameworks.append(_current_client)
