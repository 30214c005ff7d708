"""What callers do wrong: settings, definitions, input, credentials, ids, states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from novu_core.errors.base import FieldError, NovuError


class ConfigurationError(NovuError):
    """A setting, or the lack of one, makes the call impossible."""


class AsyncContextError(ConfigurationError):
    """An async workflow was triggered with a blocking call inside a running event loop."""


class KeptByNovuError(ConfigurationError):
    """With ``NOVU_DISPATCH=cloud`` Novu keeps what was asked for; this process has none of it."""

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


class SnoozeInvalidError(ValidationError):
    """A message cannot be snoozed until then: that is no time, or less than a minute ahead."""

    status_code = 422


class SnoozeTooLongError(SnoozeInvalidError):
    """A message cannot be snoozed for that long: 90 days are the most."""

    status_code = 402


class AuthenticationError(NovuError):
    """No credentials, or wrong ones."""

    status_code = 401


class InboxTokenInvalidError(AuthenticationError):
    """A token opens no inbox: it is not one, it has run out, or its subscriber is gone."""

    def __init__(
        self, message: str = "The inbox token is invalid: this server did not issue it, or it has expired."
    ) -> None:
        super().__init__(message)


class CrossSiteError(NovuError):
    """A page of another origin asked for a change, which only its own may."""

    status_code = 403


class ForbiddenError(NovuError):
    """Whoever asks may enter, but not do this."""

    status_code = 403


class TooManyAttemptsError(NovuError):
    """Too many wrong passwords in a minute; ``retry_after``: the seconds until the next one is looked at."""

    status_code = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many wrong passwords. Try again in {retry_after} seconds.")
        self.retry_after = retry_after


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


class TopicNotFoundError(NotFoundError):
    """The store has no topic with this key."""

    kind = "Topic"


class MessageNotFoundError(NotFoundError):
    """The store has no message with this id."""

    kind = "Message"


class SuppressionNotFoundError(NotFoundError):
    """Nothing keeps messages from this address."""

    kind = "Suppression"


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


class SubscriberAlreadyExistsError(ConflictError):
    """A subscriber with this id is stored, and only a new one was asked for; ``subscriber`` is the stored one."""

    def __init__(self, subscriber_id: str, subscriber: Any = None) -> None:
        super().__init__(f"Subscriber with id: `{subscriber_id}` already exists.")
        self.subscriber_id = subscriber_id
        self.subscriber = subscriber


class TopicAlreadyExistsError(ConflictError):
    """A topic with this key is stored, and only a new one was asked for; ``topic`` is the stored one."""

    def __init__(self, topic_key: str, topic: Any = None) -> None:
        super().__init__(f"Topic with key: `{topic_key}` already exists.")
        self.topic_key = topic_key
        self.topic = topic


class InvalidTransitionError(ConflictError):
    """A status may not move the way that was asked for (SEMANTICS, States)."""


class PreconditionFailedError(NovuError):
    """What was to be replaced has been changed meanwhile; ``present`` is what is stored now."""

    status_code = 412

    def __init__(self, message: str, present: Any = None) -> None:
        super().__init__(message)
        self.present = present


class EventReplayedError(NovuError):
    """A provider's report, or a copy of it, came again, which only its first post may."""

    status_code = 406


class RequestTooLargeError(NovuError):
    """The request's body is larger than ``NOVU_MAX_BODY_BYTES``."""

    status_code = 413
