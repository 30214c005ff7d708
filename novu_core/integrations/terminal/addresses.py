"""What commands that listen say of their addresses."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from novu_core.integrations.terminal.output import Failure


@contextmanager
def listening(host: str, port: int) -> Generator[None]:
    """Surround what begins to listen; raise Failure where the address cannot be had."""
    try:
        yield
    except OSError as error:
        raise Failure(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error


def authority(address: Any) -> str:
    """Return a socket's own address as it stands in a URL."""
    host, port, *_ = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
