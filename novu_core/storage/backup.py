"""A copy of a SQLite store, made by SQLite while processes write."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text

from novu_core.errors import ConfigurationError, StoreError
from novu_core.storage.store import Store

_COPY = text("VACUUM INTO :file")


def back_up(store: Store, file: Path) -> int:
    """Copy the store into a new file, its owner's only; return its size in bytes.

    Raises ConfigurationError where the store is no SQLite file, and StoreError where the file cannot be made or exists.
    """
    if store.database.backend.row_locks:
        raise ConfigurationError(
            "Copy a PostgreSQL store with PostgreSQL's own tool: `pg_dump --format=custom --table='novu_*'`; restore "
            "it with `pg_restore`."
        )
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreError(f"The copy cannot be made: {error.strerror} ({file})") from error
    try:
        store.database.read(lambda transaction: transaction.execute(_COPY, {"file": str(file)}))
    except BaseException:
        with suppress(OSError):
            file.unlink()
        raise
    return file.stat().st_size
