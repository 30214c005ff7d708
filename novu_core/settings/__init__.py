"""Every setting, in one place. All are read with the prefix ``NOVU_``; docs/settings.md lists them."""

from __future__ import annotations

from novu_core.settings.cross_origin import CrossOrigin
from novu_core.settings.model import KEYS, PREFIX, Settings
from novu_core.settings.reading import as_keys, days, environment

__all__ = ["KEYS", "PREFIX", "CrossOrigin", "Settings", "as_keys", "days", "environment"]
