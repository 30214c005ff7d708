"""Flask-WTF's ``CSRFProtect``: the routes here take no forms, and have guards of their own."""

from __future__ import annotations

import sys
from typing import Any

from flask import Blueprint, Flask

from novu_core.lines import logger_of

logger = logger_of(__name__)


def exempt(app: Flask, blueprint: Blueprint) -> None:
    """Exempt the blueprint where the app has a CSRFProtect, which would ask each request for a form's token."""
    module = sys.modules.get("flask_wtf.csrf")
    protect: Any = app.extensions.get("csrf")
    if module is None or not isinstance(protect, module.CSRFProtect):
        return
    protect.exempt(blueprint)
    logger.debug("The blueprint %s of %s is exempt from CSRFProtect", blueprint.name, app.name)
