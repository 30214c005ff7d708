"""Every exception that flask-novu raises on purpose; docs/errors.md says who raises each and what to do.

NovuError
├── ConfigurationError                  a setting is wrong or missing
│   ├── AsyncContextError               a blocking call of an async workflow inside a running event loop
│   └── KeptByNovuError                 409, with NOVU_DISPATCH=cloud: what only Novu has
├── DefinitionError                     a workflow is written in a way that cannot work
│   ├── WorkflowAlreadyExistsError      409
│   ├── StepAlreadyExistsError          409
│   ├── StepNotAwaitedError             an async workflow forgot ``await``
│   ├── ScheduleInvalidError            an invalid amount, unit or cron expression
│   └── ConditionInvalidError           a skip condition outside the restricted language
├── DiscoveryError                      a workflow's function raised while its steps were looked for
├── ValidationError                     400, carries one FieldError for each fault
│   ├── RequestInvalidError             the body is not JSON, not an object, too deep, ...
│   ├── PayloadInvalidError
│   ├── RecipientInvalidError
│   ├── ControlsInvalidError
│   ├── OutputInvalidError              a resolver returned what its step's schema does not allow
│   └── SnoozeInvalidError              422, a message cannot be snoozed until then
│       └── SnoozeTooLongError          402, not for that long
├── AuthenticationError                 401
│   └── InboxTokenInvalidError          401
├── CrossSiteError                      403, a page of another origin requested a change
├── ForbiddenError                      403, the Studio's role does not allow this
├── TooManyAttemptsError                429, too many wrong passwords in a minute
├── NotFoundError                       404
│   ├── PathNotFoundError               no route has this path
│   ├── WorkflowNotFoundError
│   ├── StepNotFoundError
│   ├── ProviderNotFoundError
│   ├── ExecutionNotFoundError
│   ├── SubscriberNotFoundError
│   ├── TopicNotFoundError
│   ├── MessageNotFoundError
│   └── SuppressionNotFoundError        this address is not suppressed
├── MethodNotAllowedError               405
├── ConflictError                       409
│   ├── WorkflowNotActiveError          draft or archived
│   ├── SubscriberAlreadyExistsError    only a new one was accepted; it has the stored one
│   ├── TopicAlreadyExistsError         likewise
│   └── InvalidTransitionError          a change of status that is not allowed
├── EventReplayedError                  406, a provider's report that was processed before
├── PreconditionFailedError             412, the values to be replaced have been changed
├── RequestTooLargeError                413
├── ExecutionError                      what ends a run or a step
│   ├── StepUnavailableError            a step type that this engine cannot run
│   ├── TemplateError                   a template is missing, cannot be read, or raised
│   ├── NonDeterministicWorkflowError   a replay reached other steps than the recorded ones
│   ├── LeaseLostError                  another worker owns the run now
│   ├── WorkerDiedError                 its workers died, one after another
│   ├── ResolverError                   a resolver raised (novu_core.execution.outcome)
│   └── OverrideError                   a provider override raised (novu_core.execution.outcome)
├── DeliveryError                       a provider could not deliver; ``retriable``: whether to try again
├── RemoteError                         Novu's API refused or did not answer
├── StoreError
│   ├── StoreVersionError               the database was written by a newer version
│   ├── StoreRefusedError               the database can never store this value
│   ├── UnreadableRowError              a stored row is damaged, or from a later version
│   └── StoreBusyError                  the database stayed locked, or took too long
├── ControlsSyntaxError                 400, a template in the controls (novu_core.execution.outcome)
├── WireError                           the bridge's; novu_core.bridge.errors draws those below it
└── JsonRepairError                     inside novu_core.javascript only
"""

from __future__ import annotations

from novu_core.errors.base import FieldError, NovuError, text_of
from novu_core.errors.calls import (
    AsyncContextError,
    AuthenticationError,
    ConditionInvalidError,
    ConfigurationError,
    ConflictError,
    ControlsInvalidError,
    CrossSiteError,
    DefinitionError,
    DiscoveryError,
    EventReplayedError,
    ExecutionNotFoundError,
    ForbiddenError,
    InboxTokenInvalidError,
    InvalidTransitionError,
    KeptByNovuError,
    MessageNotFoundError,
    MethodNotAllowedError,
    NotFoundError,
    OutputInvalidError,
    PathNotFoundError,
    PayloadInvalidError,
    PreconditionFailedError,
    ProviderNotFoundError,
    RecipientInvalidError,
    RequestInvalidError,
    RequestTooLargeError,
    ScheduleInvalidError,
    SnoozeInvalidError,
    SnoozeTooLongError,
    StepAlreadyExistsError,
    StepNotAwaitedError,
    StepNotFoundError,
    SubscriberAlreadyExistsError,
    SubscriberNotFoundError,
    SuppressionNotFoundError,
    TooManyAttemptsError,
    TopicAlreadyExistsError,
    TopicNotFoundError,
    ValidationError,
    WorkflowAlreadyExistsError,
    WorkflowNotActiveError,
    WorkflowNotFoundError,
)
from novu_core.errors.runs import (
    DeliveryError,
    ExecutionError,
    LeaseLostError,
    NonDeterministicWorkflowError,
    RemoteError,
    StepUnavailableError,
    StoreBusyError,
    StoreError,
    StoreRefusedError,
    StoreVersionError,
    TemplateError,
    UnreadableRowError,
    WorkerDiedError,
)

__all__ = [
    "AsyncContextError",
    "AuthenticationError",
    "ConditionInvalidError",
    "ConfigurationError",
    "ConflictError",
    "ControlsInvalidError",
    "CrossSiteError",
    "DefinitionError",
    "DeliveryError",
    "DiscoveryError",
    "EventReplayedError",
    "ExecutionError",
    "ExecutionNotFoundError",
    "FieldError",
    "ForbiddenError",
    "InboxTokenInvalidError",
    "InvalidTransitionError",
    "KeptByNovuError",
    "LeaseLostError",
    "MessageNotFoundError",
    "MethodNotAllowedError",
    "NonDeterministicWorkflowError",
    "NotFoundError",
    "NovuError",
    "OutputInvalidError",
    "PathNotFoundError",
    "PayloadInvalidError",
    "PreconditionFailedError",
    "ProviderNotFoundError",
    "RecipientInvalidError",
    "RemoteError",
    "RequestInvalidError",
    "RequestTooLargeError",
    "ScheduleInvalidError",
    "SnoozeInvalidError",
    "SnoozeTooLongError",
    "StepAlreadyExistsError",
    "StepNotAwaitedError",
    "StepNotFoundError",
    "StepUnavailableError",
    "StoreBusyError",
    "StoreError",
    "StoreRefusedError",
    "StoreVersionError",
    "SubscriberAlreadyExistsError",
    "SubscriberNotFoundError",
    "SuppressionNotFoundError",
    "TemplateError",
    "TooManyAttemptsError",
    "TopicAlreadyExistsError",
    "TopicNotFoundError",
    "UnreadableRowError",
    "ValidationError",
    "WorkerDiedError",
    "WorkflowAlreadyExistsError",
    "WorkflowNotActiveError",
    "WorkflowNotFoundError",
    "text_of",
]
