"""This distribution's version, as its metadata has it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("flask-novu")
except PackageNotFoundError:  # run from a checkout that is not installed
    VERSION = "0.0.0"
