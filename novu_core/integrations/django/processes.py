"""What Django leaves to each process: whether it starts a worker, and whose database connections its threads keep."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

from django.db import close_old_connections

from novu_core.aio import in_own_thread


def management_command() -> str | None:
    """Return the name of the management command that this process runs, such as ``migrate``; None in a server.

    Nothing of Django's tells, and a project may name its ``manage.py`` as it likes, so the main thread's stack does.
    """
    management = sys.modules.get("django.core.management")
    main = threading.main_thread().ident
    frame = sys._current_frames().get(main) if main is not None and management is not None else None
    while frame is not None and management is not None:
        if frame.f_code is management.ManagementUtility.execute.__code__:
            return str(frame.f_locals["self"].argv[1])
        frame = frame.f_back
    return None


@contextmanager
def connections_as_in_a_request() -> Generator[None]:
    """Around a run in a thread of ours, close connections that are broken or too old, as Django does in its own.

    In any other thread they belong to the caller, who may be in the middle of a transaction or of reading rows.
    """
    if not in_own_thread():
        yield
        return
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()
