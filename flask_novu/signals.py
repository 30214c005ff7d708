"""Signals of what happens to executions. The sender is the app; receivers take ``**extra``.

They are sent in the thread where the thing happens: the request's, or the worker's.
"""

from __future__ import annotations

from typing import Any

from blinker import Namespace

_signals = Namespace()

execution_started = _signals.signal("execution-started")
execution_completed = _signals.signal("execution-completed")
execution_failed = _signals.signal("execution-failed")
step_completed = _signals.signal("step-completed")
step_failed = _signals.signal("step-failed")
step_skipped = _signals.signal("step-skipped")
message_sent = _signals.signal("message-sent")


def send(app: Any, name: str, **data: Any) -> None:
    """Send the signal of an engine's event."""
    _signals.signal(name.replace("_", "-")).send(app, **data)
