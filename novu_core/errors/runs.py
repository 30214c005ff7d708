"""What goes wrong while workflows run: steps, deliveries, Novu's API, the store."""

from __future__ import annotations

from novu_core.errors.base import NovuError


class ExecutionError(NovuError):
    """Base of the errors that end a run or a step."""


class StepUnavailableError(ExecutionError):
    """This engine cannot run steps of this type."""


class TemplateError(ExecutionError):
    """A template or translation catalogue is missing, cannot be read or raised; ``__cause__`` has the reason."""

    def __init__(self, template: str, reason: str, line: int | None = None) -> None:
        super().__init__(f"Template `{template}`{'' if line is None else f', line {line}'}: {reason}")
        self.template = template
        self.line = line


class NonDeterministicWorkflowError(ExecutionError):
    """The function reached other steps than the run had recorded, or in another order."""


class WorkerDiedError(ExecutionError):
    """The run's workers died again and again without any progress (``NOVU_TAKEOVERS``)."""


class LeaseLostError(ExecutionError):
    """Another worker has taken the run over; what this one has done since is not committed."""


class DeliveryError(NovuError):
    """A provider could not deliver.

    ``retriable``: the same provider may succeed later. ``retry_after``: seconds the provider asked to wait, if it did.
    ``hard_bounce``: the address accepts no mail, so no provider can deliver; a provider of your own may set this.
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
    """The store could not do this.

    ``away``: whether the store could not be reached or stayed locked, so that the same call may succeed later.
    """

    away = True


class StoreVersionError(StoreError):
    """The database was written by a newer version of flask-novu."""

    away = False


class StoreRefusedError(StoreError):
    """The database can never store this value: it is too long, out of range, or not text."""

    status_code = 400
    away = False


class UnreadableRowError(StoreError):
    """A stored row is damaged, or was written by a later version. Other rows can be read."""


class StoreBusyError(StoreError):
    """The database stayed locked by another process, or did not finish a statement, within the time limit."""
