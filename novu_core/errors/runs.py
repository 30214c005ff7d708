"""What goes wrong while workflows run: steps, deliveries, Novu's API, the store."""

from __future__ import annotations

from novu_core.errors.base import NovuError


class ExecutionError(NovuError):
    """Base of what ends a run or a step."""


class StepUnavailableError(ExecutionError):
    """This engine cannot run steps of this type."""


class TemplateError(ExecutionError):
    """A template, or a catalogue of translations, is missing, cannot be read or raised; the cause is ``__cause__``."""

    def __init__(self, template: str, reason: str, line: int | None = None) -> None:
        super().__init__(f"Template `{template}`{'' if line is None else f', line {line}'}: {reason}")
        self.template = template
        self.line = line


class NonDeterministicWorkflowError(ExecutionError):
    """The function reached other steps, or in another order, than the run recorded before."""


class WorkerDiedError(ExecutionError):
    """The worker died, again and again, in a run that came no further (``NOVU_TAKEOVERS``)."""


class LeaseLostError(ExecutionError):
    """Another worker took the run over; what this one did since is not committed."""


class DeliveryError(NovuError):
    """A provider could not deliver.

    ``retriable``: the same provider may succeed later. ``retry_after``: seconds the provider asked to wait, if it did.
    ``hard_bounce``: no provider ever will, since the address takes no mail; a provider of your own may set it.
    """

    hard_bounce = False

    def __init__(self, message: str, *, retriable: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retriable = retriable
        self.retry_after = retry_after


class RemoteError(NovuError):
    """Novu's API refused the call, or did not answer within the retries."""

    def __init__(self, message: str, status_code: int = 502) -> None:
        super().__init__(message)
        self.status_code = status_code


class StoreError(NovuError):
    """The store cannot do what was asked.

    ``away``: whether nothing is wrong with what was asked, and the store could not be reached or stayed locked.
    """

    away = True


class StoreVersionError(StoreError):
    """The database was written by a newer version of flask-novu."""

    away = False


class StoreRefusedError(StoreError):
    """The database takes no such value, however often it is asked: too long, out of range, not text."""

    status_code = 400
    away = False


class UnreadableRowError(StoreError):
    """A stored row is damaged, or was written by a later version. Other rows can be read."""


class StoreBusyError(StoreError):
    """The database stayed locked by another process, or did not finish a statement, within the time limit."""
