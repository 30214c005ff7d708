"""Celery runs what is due: ``NOVU_WORKER=celery``. The store says what that is, a message only that it is.

Beside every worker of Celery a thread hands over what is due and sends ``novu.run`` for it; nobody else talks to the
broker. Importing this module is enough: every Celery app of the process has the tasks and the thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from celery import Celery, bootsteps, current_app, shared_task
from celery._state import _get_active_apps, connect_on_app_finalize  # as celery.shared_task has them

from novu_core.backends.sending import Sender
from novu_core.errors import ConfigurationError
from novu_core.lines import logger_of
from novu_core.living import frameworks, live

logger = logger_of(__name__)
_TASK = "novu.run"
_CONNECTING = 4.0
"""Seconds that the sender waits for the broker at most."""


class Messages:
    """Sends the messages of one sender, on a connection of its own."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._connection: Any = None
        self._producer: Any = None

    def ready(self) -> None:
        """Connect, unless it is connected. Raises what the broker's driver does."""
        if self._producer is not None:
            return
        self._connection = self._app.connection_for_write(connect_timeout=_CONNECTING)
        try:
            self._connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=_CONNECTING)
            self._producer = self._app.amqp.Producer(self._connection)
        except BaseException:
            self.close()
            raise

    def send(self, route: str, execution_ids: Sequence[str], expires: float) -> None:
        """Send a message; after an error, connect anew at the next call."""
        self.ready()
        try:
            self._app.send_task(
                _TASK, list(execution_ids), route_name=route, shadow=route, expires=expires, retry=False,
                ignore_result=True, producer=self._producer,
            )  # fmt: skip
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(Exception):  # it is gone already
                connection.close()


def sender(client: Any, app: Celery | None = None) -> Sender:
    """Return what hands over the due runs of a client to a Celery app, the current one where none is given."""
    messages = Messages(app or current_app._get_current_object())
    return Sender(client.engine, messages.send, messages.ready, messages.close)


def served() -> Iterator[Any]:
    """Yield the clients of this process that leave their runs to Celery; the log has those that cannot be used."""
    found = [*live, *(client for find in frameworks if (client := find()) is not None)]
    for client in dict.fromkeys(found):
        try:
            if client.settings.worker == "celery":
                yield client
        except ConfigurationError as error:
            logger.error("%s", error)


@shared_task(name=_TASK, ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def run(*execution_ids: str) -> None:
    """Run these executions, those that are due and that nobody else has."""
    for client in served():
        client.run_due(execution_ids)


@shared_task(name="novu.sweep", ignore_result=True)  # type: ignore[untyped-decorator]  # as above
def sweep() -> None:
    """Hand over what is due now: for a beat's schedule, where no worker may be there to have a sender."""
    for client in served():
        sender(client).sweep()


class SenderStep(bootsteps.StartStopStep):  # type: ignore[misc]  # as above
    """Beside a worker of Celery: a sender for each client."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._senders: list[Sender] = []

    def start(self, parent: Any) -> None:
        """Start them."""
        for client in served():
            found = sender(client, parent.app).heed()
            client.ends.append(found.stop)
            self._senders.append(found)
            found.start()

    def stop(self, parent: Any) -> None:
        """Stop them, all at once."""
        for found in self._senders:
            found.request_stop()
        for found in self._senders:
            found.stop()

    terminate = stop


@connect_on_app_finalize  # type: ignore[untyped-decorator]  # as above
def _with_sender(app: Celery) -> None:
    steps: Any = app.steps
    steps["worker"].add(SenderStep)


_ready_before = [*map(_with_sender, _get_active_apps())]
