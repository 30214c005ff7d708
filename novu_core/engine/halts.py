"""The ways a run ends before its function does, each raised through the user's code by the journal."""

from __future__ import annotations

from novu_core.errors import NovuError, text_of
from novu_core.execution.outcome import Stop
from novu_core.types import JsonObject


class Settled(Stop):
    """The run's new state is committed: it waits, or merged, or was throttled."""


class Aborted(Stop):
    """The store could not take the step's outcome; the run is left to its lease and a later take-over."""

    def __init__(self, error: NovuError) -> None:
        super().__init__(text_of(error))
        self.error = error


class Failed(Stop):
    """The run fails with this error; the step that caused it, if one did, is committed already."""

    def __init__(self, error: BaseException, step_id: str | None = None, fault: JsonObject | None = None) -> None:
        super().__init__(text_of(error))
        self.error = error
        self.step_id = step_id
        self.fault = fault
