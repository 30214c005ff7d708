"""``novu_inbox``: the bell in Jinja templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, url_for
from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup
from typing_extensions import Unpack

from flask_novu.globals import client_of

if TYPE_CHECKING:
    from novu_core.inbox.markup import Options


def novu_inbox(
    subscriber_id: str | int,
    *,
    words: Mapping[str, str] | None = None,
    nonce: str | None = None,
    **options: Unpack[Options],
) -> Markup:
    """Return the bell of a subscriber, for a template: ``{{ novu_inbox(current_user.id) }}``.

    ``words``, ``nonce`` and ``options`` as :func:`novu_core.inbox.bell` takes and refuses them.
    """
    from novu_core.inbox import bell  # needs the engine, which definitions alone do not load

    script = url_for("novu.inbox_js")
    return bell(client_of(current_app), script, subscriber_id, words=words, nonce=nonce, **options)


class _Global(Extension):
    """Adds the function when an app makes its environment, which holds the app, as late as it likes."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        names: dict[str, Any] = environment.globals  # typed after what is in it at first
        names["novu_inbox"] = novu_inbox


def offer(app: Flask) -> None:
    """Give the function to every template of the app, and to macros that are imported without their context."""
    if "jinja_env" in vars(app):
        app.jinja_env.add_extension(_Global)
    else:
        app.jinja_options = {**app.jinja_options, "extensions": [*app.jinja_options.get("extensions", ()), _Global]}
