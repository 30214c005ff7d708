"""The Django app: put ``"novu_core.integrations.django"`` into INSTALLED_APPS and include its urls.

``novu`` is the project's client. It may be imported anywhere and is built on first use.
"""

from __future__ import annotations

try:
    import django  # noqa: F401  # asked for by name, so that the message below names the extra
except ImportError as error:
    raise ImportError("novu_core.integrations.django needs Django: pip install 'flask-novu[django]'") from error

from novu_core.integrations.django.client import novu

__all__ = ["novu"]
