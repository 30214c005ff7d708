"""What callers do wrong: settings, definitions, input, credentials, ids, states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from novu_core.errors.base import FieldError, NovuError


class ConfigurationError(NovuError):
    """A setting is wrong or missing, so the call is impossible."""


class AsyncContextError(ConfigurationError):
    """An async workflow was triggered with a blocking call inside a running event loop."""


class KeptByNovuError(ConfigurationError):
    """With ``NOVU_DISPATCH=cloud``, Novu keeps this data, and this process has none of it."""

    status_code = 409

    def __init__(self, what: str) -> None:
        super().__init__(
            f"`{what}` of the client is not available with NOVU_DISPATCH=cloud: Novu runs what is triggered, and "
            "keeps its history, subscribers, topics, preferences and controls. Use Novu's dashboard or API for them, "
            "or set NOVU_DISPATCH to embedded."
        )


class DefinitionError(NovuError):
    """A workflow is written in a way that cannot work."""


class DiscoveryError(NovuError):
    """A workflow's function raised when it was run with placeholders to find its steps. Its runs may still succeed."""


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
    """An async workflow called a step without ``await``, so the step did not run."""


class ScheduleInvalidError(DefinitionError):
    """A digest, delay or throttle has an invalid amount, unit or cron expression."""


class ConditionInvalidError(DefinitionError):
    """A skip condition uses something outside the restricted language (SEMANTICS, Skip conditions)."""


class ValidationError(NovuError):
    """A value does not match its schema; ``errors`` lists every fault."""

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
    """The payload does not match the workflow's payload schema."""


class RecipientInvalidError(ValidationError):
    """``to`` names nobody that a notification can be sent to."""


class ControlsInvalidError(ValidationError):
    """Control values do not match the step's control schema, or name a field that it does not have."""


class OutputInvalidError(ValidationError):
    """A resolver returned something that the step type's schema does not allow."""


class SnoozeInvalidError(ValidationError):
    """A message cannot be snoozed until then: it is not a time, or it is less than a minute ahead."""

    status_code = 422


class SnoozeTooLongError(SnoozeInvalidError):
    """A message cannot be snoozed for that long; the maximum is 90 days."""

    status_code = 402


class AuthenticationError(NovuError):
    """The credentials are missing or wrong."""

    status_code = 401


class InboxTokenInvalidError(AuthenticationError):
    """An inbox token is invalid or has expired, or its subscriber was deleted."""

    def __init__(
        self, message: str = "The inbox token is invalid: this server did not issue it, or it has expired."
    ) -> None:
        super().__init__(message)


class CrossSiteError(NovuError):
    """A page of another origin requested a change, which only the app's own pages may."""

    status_code = 403


class ForbiddenError(NovuError):
    """The login is valid, but does not allow this."""

    status_code = 403


class TooManyAttemptsError(NovuError):
    """Too many wrong passwords in a minute; ``retry_after``: the seconds until the next one is checked."""

    status_code = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many wrong passwords. Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class NotFoundError(NovuError):
    """Nothing has this id, which the message names."""

    status_code = 404
    kind = "Resource"

    def __init__(self, resource_id: str) -> None:
        super().__init__(f"{self.kind} with id: `{resource_id}` does not exist. Please provide a valid id.")
        self.resource_id = resource_id


class PathNotFoundError(NotFoundError):
    """No route has this path."""

    kind = "Route"

    def __init__(self, path: str, advice: str = "see openapi.json for those that exist") -> None:
        super().__init__(path)
        self.message = f"There is no route `/{path}` here; {advice}."
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


class TopicNotFoundError(NotFoundError):
    """The store has no topic with this key."""

    kind = "Topic"


class MessageNotFoundError(NotFoundError):
    """The store has no message with this id."""

    kind = "Message"


class SuppressionNotFoundError(NotFoundError):
    """This address is not suppressed."""

    kind = "Suppression"


class MethodNotAllowedError(NovuError):
    """The route exists, but does not have this method."""

    status_code = 405
    allowed: Sequence[str] = ()


class ConflictError(NovuError):
    """The current state does not allow the request."""

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


class SubscriberAlreadyExistsError(ConflictError):
    """A subscriber with this id exists, but only a new one was accepted; ``subscriber`` is the stored one."""

    def __init__(self, subscriber_id: str, subscriber: Any = None) -> None:
        super().__init__(f"Subscriber with id: `{subscriber_id}` already exists.")
        self.subscriber_id = subscriber_id
        self.subscriber = subscriber


class TopicAlreadyExistsError(ConflictError):
    """A topic with this key exists, but only a new one was accepted; ``topic`` is the stored one."""

    def __init__(self, topic_key: str, topic: Any = None) -> None:
        super().__init__(f"Topic with key: `{topic_key}` already exists.")
        self.topic_key = topic_key
        self.topic = topic


class InvalidTransitionError(ConflictError):
    """The status does not allow this change (SEMANTICS, States)."""


class PreconditionFailedError(NovuError):
    """The values to be replaced have been changed in the meantime; ``present`` has the current ones."""

    status_code = 412

    def __init__(self, message: str, present: Any = None) -> None:
        super().__init__(message)
        self.present = present


class EventReplayedError(NovuError):
    """A provider's report was sent again; only the first request with its token is accepted."""

    status_code = 406


class RequestTooLargeError(NovuError):
    """The request's body is larger than ``NOVU_MAX_BODY_BYTES``."""

    status_code = 413
