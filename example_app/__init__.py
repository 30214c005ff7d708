"""A small product built on flask-novu: posts, comments, follows, and what people are told about them."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask

from example_app import database, views
from example_app.notifications import novu


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """Build the app. ``config`` wins over the environment (``EXAMPLE_*`` for the app, ``NOVU_*`` for the extension)."""
    app = Flask(__name__, instance_path=os.environ.get("EXAMPLE_INSTANCE_PATH"))
    app.config.from_mapping({"SECRET_KEY": "only-for-development", "DIGEST_SECONDS": 60})
    app.config.from_prefixed_env("EXAMPLE")
    app.config.from_mapping(config or {})
    database.init_app(app)
    novu.init_app(app)
    app.register_blueprint(views.blueprint)
    return app
