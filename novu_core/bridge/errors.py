"""The bridge's errors, each named as on the wire (PROTOCOL section 6).

WireError
├── InvalidActionError                          400
├── SignatureError                              401
│   ├── SignatureNotFoundError
│   ├── SignatureInvalidError
│   ├── SignatureExpiredError
│   ├── SignatureMismatchError
│   └── SigningKeyNotFoundError
├── ExecutionEventPayloadInvalidError           400
├── StateError                                  400
│   ├── ExecutionStateControlInvalidError
│   ├── ExecutionStateOutputInvalidError
│   └── ExecutionStateResultInvalidError
├── ExecutionStateCorruptError                  400
├── StepControlCompilationFailedError           400
├── ApiError                                    what Novu's API refused (novu_core.bridge.actions)
└── CausedError                                 carries what the user's code raised
    ├── BridgeError                             500, whatever has no name of its own
    ├── StepExecutionFailedError                502
    └── ProviderExecutionFailedError            502

WorkflowNotFoundError, StepNotFoundError, ProviderNotFoundError and MethodNotAllowedError of ``novu_core.errors`` are on
the wire under the same names.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from typing import Any

from novu_core.errors import FieldError, NovuError
from novu_core.javascript.canonical import stringify
from novu_core.types import JsonObject


class WireError(NovuError):
    """An error that the wire has a name for: the class's. ``data`` is the body's, left out when ``None``."""

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.data = data


class InvalidActionError(WireError):
    """The query's ``action`` is none of this method's."""

    status_code = 400

    def __init__(self, action: str, allowed: Iterable[str]) -> None:
        names = ", ".join(f"`{name}`" for name in allowed)
        super().__init__(f"Invalid query string: `action`=`{action}`. Please use one of {names}")


class SignatureError(WireError):
    """Base of what is wrong with a request's signature."""

    status_code = 401
    text = ""

    def __init__(self) -> None:
        super().__init__(self.text)


class SignatureNotFoundError(SignatureError):
    """The header is absent or empty."""

    text = "Signature not found. Please provide a signature in the `novu-signature` header"


class SignatureInvalidError(SignatureError):
    """The header has no ``v1``, or no finite ``t``."""

    text = "Signature is invalid. Please provide a valid signature in the `novu-signature` header"


class SignatureExpiredError(SignatureError):
    """The timestamp is more than five minutes away."""

    text = (
        "Signature expired. Please provide a signature with a timestamp no older than 5 minutes in the "
        "`novu-signature` header"
    )


class SignatureMismatchError(SignatureError):
    """No key gives this signature for this body."""

    text = (
        "Signature does not match the expected signature. Please ensure the signature provided in the "
        "`novu-signature` header is correct and try again."
    )


class SigningKeyNotFoundError(SignatureError):
    """Signatures are required and there is no key. The peer does not start then, so the text is ours."""

    text = (
        "Signature key not found. Please provide a valid key: set the `NOVU_SECRET_KEY` environment variable, or run "
        "in debug mode while developing, where no signature is needed"
    )


class ExecutionEventPayloadInvalidError(WireError):
    """The payload is missing or does not fit. ``data``: the faults, or an object with a message."""

    status_code = 400

    def __init__(self, workflow_id: str, data: Iterable[FieldError] | JsonObject) -> None:
        super().__init__(
            f"Workflow with id: `{workflow_id}` has invalid `payload`. Please provide the correct event payload.",
            data if isinstance(data, dict) else faults(data),
        )


class StateError(WireError):
    """Base of what is wrong with the controls, outputs or results of a step; ``errors`` are the faults."""

    status_code = 400
    text = "Workflow with id: `{}` has an invalid state. Step with id: `{}` has "

    def __init__(self, workflow_id: str, step_id: str, errors: Iterable[FieldError]) -> None:
        super().__init__(self.text.format(workflow_id, step_id), faults(errors))


class ExecutionStateControlInvalidError(StateError):
    """The controls sent do not fit the step's control schema."""

    text = StateError.text + "invalid `controls`. Please provide the correct step controls."


class ExecutionStateOutputInvalidError(StateError):
    """The resolver returned what the step's schema refuses."""

    text = StateError.text + "invalid output. Please provide the correct step output."


class ExecutionStateResultInvalidError(StateError):
    """The state sent for an earlier step does not fit its result schema."""

    text = StateError.text + "invalid result. Please provide the correct step result."


class ExecutionStateCorruptError(WireError):
    """An earlier step is reached and the state sent does not have it."""

    status_code = 400

    def __init__(self, workflow_id: str, step_id: str) -> None:
        super().__init__(
            f"Workflow with id: `{workflow_id}` has a corrupt state. Step with id: `{step_id}` does not exist. "
            "Please provide the missing state.",
            {"workflowId": workflow_id, "stepId": step_id},
        )


class StepControlCompilationFailedError(WireError):
    """A template in the controls cannot be rendered. ``data`` says in what way, as far as the peer does."""

    status_code = 400

    def __init__(self, workflow_id: str, step_id: str, data: JsonObject) -> None:
        super().__init__(
            f"Workflow with id: `{workflow_id}` has invalid controls syntax in step with id: `{step_id}`. "
            "Please correct step control syntax.",
            data,
        )


class CausedError(WireError):
    """Base of what wraps a failure. ``cause``: an exception, or the JSON value that JavaScript would have thrown."""

    def __init__(self, what: str, cause: object) -> None:
        text = message_of(cause) if isinstance(cause, BaseException) else stringify(cause, 2) if cause else ""
        super().__init__(f"{what}: {text}" if text else what)
        self.what = what
        self.cause = cause

    def stack(self, expose: bool) -> str:
        """The cause's trace; only its name and message unless errors are exposed."""
        if not isinstance(self.cause, BaseException):
            return self.what
        if expose:
            return "".join(traceback.format_exception(self.cause)).rstrip()
        name, text = type(self.cause).__name__, message_of(self.cause)
        return f"{name}: {text}" if text else name


class BridgeError(CausedError):
    """A failure that the wire has no other name for."""

    def __init__(self, cause: object) -> None:
        super().__init__("Unknown BridgeError", cause)


class StepExecutionFailedError(CausedError):
    """A resolver raised. ``action``: ``execute`` or ``preview``."""

    status_code = 502

    def __init__(self, action: str, step_id: str, cause: object) -> None:
        super().__init__(f"Failed to {action} Step with id: `{step_id}`", cause)


class ProviderExecutionFailedError(CausedError):
    """A provider override raised, or returned what its schema refuses."""

    status_code = 502

    def __init__(self, provider_id: str, cause: object) -> None:
        super().__init__(f"Failed to execute Provider with id: `{provider_id}`", cause)


def faults(errors: Iterable[FieldError]) -> list[JsonObject]:
    """The wire form of validation errors."""
    return [{"path": path, "message": message} for path, message in errors]


def message_of(error: BaseException) -> str:
    """An exception's message: its ``message`` where that is text, else what ``str()`` gives."""
    message = getattr(error, "message", None)
    return message if isinstance(message, str) else str(error)
