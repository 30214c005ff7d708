"""How a run ends before its function does, and what users' code can do wrong inside a step."""

from __future__ import annotations

from novu_core.errors import ExecutionError, NovuError, text_of
from novu_core.types import JsonObject


class Stop(BaseException):
    """Ends the function's run here. No Exception, so that a user's ``except Exception`` never swallows it."""


class ResolverError(ExecutionError):
    """A step's resolver raised; the user's exception is ``cause``."""

    def __init__(self, step_id: str, cause: BaseException) -> None:
        super().__init__(f"The resolver of step `{step_id}` raised {type(cause).__name__}: {text_of(cause)}")
        self.step_id = step_id
        self.cause = cause


class OverrideError(ExecutionError):
    """A provider override's resolver raised, or returned what the provider's schema refuses; see ``cause``."""

    def __init__(self, provider_id: str, cause: BaseException) -> None:
        reason = f"{type(cause).__name__}: {text_of(cause)}"
        super().__init__(f"The override for provider `{provider_id}` failed with {reason}")
        self.provider_id = provider_id
        self.cause = cause


class ControlsSyntaxError(NovuError):
    """Controls whose Liquid cannot be parsed or rendered, or whose output is no JSON.

    ``data`` is what the peer reports: ``{"name": "TokenizationError"}`` (or ``ParseError``, ``RenderError``),
    ``{"position": n}`` for output beyond repair, else ``{}``.
    """

    status_code = 400

    def __init__(self, message: str, data: JsonObject) -> None:
        super().__init__(message)
        self.data = data
