"""Notification workflows for Flask: durable and embedded, or driven by Novu."""

from __future__ import annotations

from flask_novu.extension import Novu, serve
from flask_novu.globals import current_novu

__all__ = ["Novu", "current_novu", "serve"]
