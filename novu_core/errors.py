"""Every exception that flask-novu raises on purpose; docs/errors.md says who raises each and what to do.

NovuError
├── ConfigurationError                  a setting, or the lack of one, makes the call impossible
│   └── AsyncContextError               a blocking call of an async workflow inside a running event loop
├── DefinitionError                     a workflow is written in a way that cannot work
│   ├── WorkflowAlreadyExistsError, StepAlreadyExistsError      409
│   ├── StepNotAwaitedError             an async workflow forgot ``await``
│   ├── ScheduleInvalidError            an amount, unit or cron expression that cannot be met
│   └── ConditionInvalidError           a skip condition outside the restricted language
├── DiscoveryError                      a workflow's function raised while its steps were looked for
├── ValidationError                     400, carries one FieldError for each fault
│   ├── RequestInvalidError             the body is not JSON, not an object, too deep, ...
│   ├── PayloadInvalidError, RecipientInvalidError, ControlsInvalidError
│   └── OutputInvalidError              a resolver returned what its step's schema refuses
├── AuthenticationError                 401
├── CrossSiteError                      403, a page of another origin asked for a change
├── NotFoundError                       404
│   ├── PathNotFoundError               no route has this path
│   ├── WorkflowNotFoundError, StepNotFoundError, ProviderNotFoundError
│   └── ExecutionNotFoundError, SubscriberNotFoundError, MessageNotFoundError
├── MethodNotAllowedError               405
├── ConflictError                       409
│   ├── WorkflowNotActiveError          draft or archived
│   └── InvalidTransitionError          a status move that is not allowed
├── RequestTooLargeError                413
├── ExecutionError                      what ends a run or a step
│   ├── StepUnavailableError            a step type that this engine cannot run
│   ├── NonDeterministicWorkflowError   a replay met other steps than the recorded ones
│   ├── LeaseLostError                  another worker owns the run now
│   └── ResolverError, OverrideError    the user's code raised (novu_core.execution.outcome)
├── DeliveryError                       a provider could not deliver; ``retriable`` tells what may help
├── RemoteError                         Novu's API refused or did not answer
├── StoreError
│   ├── StoreVersionError               the database was written by a newer version
│   └── StoreBusyError                  the database stayed locked
├── ControlsSyntaxError                 400, a template in the controls (novu_core.execution.outcome)
├── WireError                           the bridge's; novu_core.bridge.errors draws those below it
└── JsonRepairError                     inside novu_core.javascript only
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class FieldError(NamedTuple):
    """One fault of a validated value: a JSON pointer (``""`` is the value itself) and what is wrong there."""

    path: str
    message: str


def text_of(error: BaseException) -> str:
    """Return an exception's text, also of one whose ``__str__`` raises."""
    try:
        return str(error)
    except Exception:
        return f"a {type(error).__name__} that can not be printed"


class NovuError(Exception):
    """Base of every error here. ``code`` is the name on the wire, ``status_code`` the HTTP status it maps to."""

    status_code = 500
    retriable = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def code(self) -> str:
        """The error's name on the wire."""
        return type(self).__name__

    def __reduce__(self) -> tuple[Any, ...]:
        # Not through __init__, which takes other arguments in some of the classes below.
        return Exception.__new__, (type(self), *self.args), vars(self)


class ConfigurationError(NovuError):
    """A setting, or the lack of one, makes the call impossible."""


class AsyncContextError(ConfigurationError):
    """An async workflow was triggered with a blocking call inside a running event loop."""


class DefinitionError(NovuError):
    """A workflow is written in a way that cannot work."""


class DiscoveryError(NovuError):
    """A workflow's function raised when it was run with placeholders to find its steps; its runs may well succeed."""


class WorkflowAlreadyExistsError(DefinitionError):
    """A registry was given a second workflow with the same id."""

    status_code = 409

    def __init__(self, workflow_id: str) -> None:
        super().__init__(f"Workflow with id: `{workflow_id}` already exists. Please use a different id.")
        self.workflow_id = workflow_id


class StepAlreadyExistsError(DefinitionError):
    """A workflow calls two steps with the same id."""

    status_code = 409

    def __init__(self, step_id: str) -> None:
        super().__init__(f"Step with id: `{step_id}` already exists. Please use a different id.")
        self.step_id = step_id


class StepNotAwaitedError(DefinitionError):
    """An async workflow called a step without ``await``, and so it did not run."""


class ScheduleInvalidError(DefinitionError):
    """A digest, delay or throttle has an amount, a unit or a cron expression that cannot be met."""


class ConditionInvalidError(DefinitionError):
    """A skip condition uses something outside the restricted language (SEMANTICS, Skip conditions)."""


class ValidationError(NovuError):
    """A value does not fit its schema; ``errors`` lists every fault."""

    status_code = 400

    def __init__(self, message: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.errors = [FieldError(*error) for error in errors]

    def __str__(self) -> str:
        if not self.errors:
            return self.message
        faults = "; ".join(f"{path or '(the value)'}: {message}" for path, message in self.errors)
        return f"{self.message} {faults}"


class RequestInvalidError(ValidationError):
    """A request's body cannot be read."""


class PayloadInvalidError(ValidationError):
    """The payload does not fit the workflow's payload schema."""


class RecipientInvalidError(ValidationError):
    """``to`` names nobody that a notification can be sent to."""


class ControlsInvalidError(ValidationError):
    """Control values do not fit the step's control schema, or name a field that it does not have."""


class OutputInvalidError(ValidationError):
    """A resolver returned something that the step type's schema refuses."""


class AuthenticationError(NovuError):
    """No credentials, or wrong ones."""

    status_code = 401


class CrossSiteError(NovuError):
    """A page of another origin asked for a change, which only its own may."""

    status_code = 403


class NotFoundError(NovuError):
    """Nothing has this id. The message names it."""

    status_code = 404
    kind = "Resource"

    def __init__(self, resource_id: str) -> None:
        super().__init__(f"{self.kind} with id: `{resource_id}` does not exist. Please provide a valid id.")
        self.resource_id = resource_id


class PathNotFoundError(NotFoundError):
    """No route has this path."""

    kind = "Route"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.message = f"There is no route `/{path}` here; see openapi.json for those that exist."
        self.args = (self.message,)


class WorkflowNotFoundError(NotFoundError):
    """No workflow with this id is registered."""

    kind = "Workflow"


class StepNotFoundError(NotFoundError):
    """The workflow has no step with this id."""

    kind = "Step"


class ProviderNotFoundError(NotFoundError):
    """The step has no override for this provider."""

    kind = "Provider"


class ExecutionNotFoundError(NotFoundError):
    """The store has no execution with this id."""

    kind = "Execution"


class SubscriberNotFoundError(NotFoundError):
    """The store has no subscriber with this id."""

    kind = "Subscriber"


class MessageNotFoundError(NotFoundError):
    """The store has no message with this id."""

    kind = "Message"


class MethodNotAllowedError(NovuError):
    """The route exists, the method does not."""

    status_code = 405
    allowed: Sequence[str] = ()


class ConflictError(NovuError):
    """The present state does not allow the request."""

    status_code = 409


class WorkflowNotActiveError(ConflictError):
    """A draft or archived workflow refuses new triggers."""

    def __init__(self, workflow_id: str, status: str) -> None:
        fix = (
            f'Activate it first: client.workflows.activate("{workflow_id}").'
            if status == "draft"
            else "An archived workflow cannot be activated again; define a new one."
        )
        super().__init__(f"Workflow with id: `{workflow_id}` is {status} and takes no triggers. {fix}")
        self.workflow_id = workflow_id
        self.status = status


class InvalidTransitionError(ConflictError):
    """A status may not move the way that was asked for (SEMANTICS, States)."""


class RequestTooLargeError(NovuError):
    """The request's body is larger than ``NOVU_MAX_BODY_BYTES``."""

    status_code = 413


class ExecutionError(NovuError):
    """Base of what ends a run or a step."""


class StepUnavailableError(ExecutionError):
    """This engine cannot run steps of this type."""


class NonDeterministicWorkflowError(ExecutionError):
    """The function reached other steps, or in another order, than the run recorded before."""


class LeaseLostError(ExecutionError):
    """Another worker took the run over; what this one did since is not committed."""


class DeliveryError(NovuError):
    """A provider could not deliver.

    ``retriable``: the same provider may succeed later. ``retry_after``: seconds the provider asked to wait, if it did.
    """

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
    """The store cannot do what was asked."""


class StoreVersionError(StoreError):
    """The database was written by a newer version of flask-novu."""


class StoreBusyError(StoreError):
    """The database stayed locked by another process for longer than the time limit."""
