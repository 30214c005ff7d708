"""The bodies of the routes beside the bridge, as pydantic models; the OpenAPI document is made of them."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel

from novu_core.types import JsonObject


class Model(BaseModel):
    """A body. Its validator is built when it is first needed."""

    model_config = ConfigDict(defer_build=True)


class Discovered(Model):
    """How many workflows and steps are served."""

    workflows: int
    steps: int


class HealthCheckResponse(Model):
    """The answer of the health check, with the peer's names (PROTOCOL section 4)."""

    model_config = ConfigDict(populate_by_name=True)

    status: str = "ok"
    sdk_version: str = Field(alias="sdkVersion")
    framework_version: str = Field(alias="frameworkVersion")
    discovered: Discovered


class ReadinessResponse(Model):
    """The answer to ``?ready``: 200 and ``ready``, or 503 and ``unready``; which of the two fails, for the key only."""

    status: str
    store: bool | None = None
    worker: bool | None = None


class HealthAnswer(RootModel[HealthCheckResponse | ReadinessResponse]):
    """The health check, or with ``?ready`` whether everything is ready."""


class TriggerPayload(Model):
    """The body of ``POST /workflows/<id>/execute``. Novu's ``transactionId`` is read too."""

    model_config = ConfigDict(extra="forbid")

    to: Any
    payload: Any = Field(default_factory=dict)
    metadata: JsonObject = Field(default_factory=dict)
    transaction_id: str | None = Field(default=None, validation_alias=AliasChoices("transaction_id", "transactionId"))
    overrides: JsonObject = Field(default_factory=dict)
    actor: Any = None
    context: JsonObject = Field(default_factory=dict)
    controls: JsonObject = Field(default_factory=dict)


class FieldFault(Model):
    """One fault of the input: a JSON pointer and what is wrong there."""

    path: str
    message: str


class ErrorResponse(Model):
    """Every error of these routes. The other fields are there where they are known."""

    detail: str | None
    status_code: int
    error_type: str
    error_id: str
    errors: list[FieldFault] = Field(default_factory=list)
    workflow_id: str | None = None
    execution_id: str | None = None
    transaction_id: str | None = None
    step_id: str | None = None
    status: str | None = None
    trace: str | None = None
    present: JsonObject | None = None


class StepResponse(Model):
    """One step of an execution. Times are ISO 8601."""

    step_id: str
    type: str
    status: str
    outcome: str | None
    reason: str | None
    rule: str | None
    error: JsonObject | None
    attempts: list[JsonObject]
    started_at: str | None
    completed_at: str | None
    unreadable: str | None = None
    resume_at: str | None = None
    name: str | None = None
    provider: str | None = None
    message_id: str | None = None
    condition: JsonObject | None = None
    feedback: list[JsonObject] | None = None


class ExecutionResponse(Model):
    """One run of a workflow for one subscriber. Times are ISO 8601. ``unreadable``: why its stored row is not whole."""

    execution_id: str
    workflow_id: str
    transaction_id: str
    status: str
    outcome: str | None
    waiting_for: str | None
    resume_at: str | None
    subscriber: JsonObject
    payload: Any
    step_results: JsonObject
    steps: list[StepResponse]
    current_step: str | None
    error: JsonObject | None
    merged_into: str | None
    metadata: JsonObject
    created_at: str
    started_at: str | None
    completed_at: str | None
    unreadable: str | None = None


class RunResponse(ExecutionResponse):
    """An execution that was run by this request."""

    steps_executed: int
    repeated: bool = False


class ExecutionPage(Model):
    """Executions, newest first; ``next_cursor`` asks for the next page."""

    items: list[ExecutionResponse]
    next_cursor: str | None


class RunSummary(Model):
    """An execution in brief: what is null is left out. Times are ISO 8601, in whole seconds.

    ``steps``: of each step that was reached, its outcome, else its status.
    """

    execution_id: str
    workflow_id: str
    subscriber_id: str
    status: str
    outcome: str | None = None
    waiting_for: str | None = None
    merged_into: str | None = None
    error_type: str | None = None
    resume_at: str | None = None
    created_at: str | None = None
    steps: list[str]


class SummaryPage(Model):
    """Executions in brief (``view=summary``), newest first."""

    items: list[RunSummary]
    next_cursor: str | None


class WindowResponse(Model):
    """What a digest collects: a page of its events in order, each ``{id, time, payload}``; ``count``: of all of them.

    ``key``: what groups them. Of an execution without a digest, or that passed through it, most is null.
    """

    step_id: str | None
    key: str | None
    opened_by: str | None
    opened_at: str | None
    due_at: str | None
    open: bool
    count: int
    items: list[JsonObject]
    next_cursor: str | None


class RetriedResponse(Model):
    """How many executions run again, and whether the filter finds more."""

    retried: int
    more: bool


class StartedResponse(Model):
    """One of the executions that a trigger started, in brief."""

    execution_id: str
    workflow_id: str
    transaction_id: str
    subscriber: JsonObject
    status: str
    outcome: str | None
    waiting_for: str | None


class TriggerResponse(Model):
    """What a trigger for several recipients started: how many executions, and the first 100 of them."""

    transaction_id: str
    executions: list[StartedResponse]
    count: int
    repeated: bool


class CanceledResponse(Model):
    """How many executions of the transaction were ended."""

    transaction_id: str
    canceled: int


class LoginPayload(Model):
    """The password of the Studio, or the secret."""

    password: str


class SessionResponse(Model):
    """What whoever asks may do (``all``, ``edit`` or nothing) and how they are let in; the rest only for those who are.

    ``login``: ``open`` needs none, ``password`` is a form, ``app`` leaves it to the app's own.
    """

    role: str | None
    login: str
    debug: bool | None = None
    dispatch: str | None = None
    exposes_errors: bool | None = None
    timezone: str | None = None
    version: str | None = None
