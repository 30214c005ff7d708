"""What this process keeps where it runs what is triggered; with ``NOVU_DISPATCH=cloud`` Novu keeps it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from novu_core.client.once import once
from novu_core.errors import KeptByNovuError
from novu_core.settings import Settings

T = TypeVar("T")


def kept_here(settings: Settings, what: str) -> None:
    """Raise KeptByNovuError where Novu keeps it: the local store would take it, and nothing would read it there."""
    if settings.dispatch == "cloud":
        raise KeptByNovuError(what)


class kept(once[T]):  # noqa: N801  # used as a decorator, as ``once`` is
    """A ``once`` attribute of a client that raises KeptByNovuError where Novu keeps what it is about."""

    def __init__(self, build: Callable[[Any], T]) -> None:
        @wraps(build)
        def built_here(client: Any) -> T:
            kept_here(client.settings, build.__name__)
            return build(client)

        super().__init__(built_here)
