"""The bodies of the routes about the whole. Times are ISO 8601."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Model(BaseModel):
    model_config = ConfigDict(defer_build=True)


class RunsOfBucket(_Model):
    """The runs that were triggered from ``at`` on, by outcome, else ``waiting`` or their status."""

    at: str
    counts: dict[str, int]


class RunsOfWorkflow(_Model):
    """The runs of one workflow, and how many of them failed."""

    workflow_id: str
    runs: int
    failed: int


class Failure(_Model):
    """Failed runs of one workflow, at one step, with one type of error; no step: in the function itself."""

    workflow_id: str
    step_id: str | None
    error_type: str | None
    count: int
    first_at: str | None
    last_at: str | None


class Waiting(_Model):
    """The runs that wait now for one kind of thing: when the next one goes on, and how many soon do."""

    waiting_for: str
    count: int
    next_at: str | None
    within_an_hour: int
    within_a_day: int
    late: int


class Digests(_Model):
    """How many events digests collected, and how many digests they became."""

    events: int
    digests: int


class ProviderShare(_Model):
    """How many messages a provider took."""

    channel: str
    provider: str | None
    count: int


class DeliveryTimes(_Model):
    """Seconds from trigger to delivery of the latest messages (``sampled``), and who took how many."""

    p50: float | None
    p95: float | None
    sampled: int
    providers: list[ProviderShare]


class StatsResponse(_Model):
    """What was triggered in a range of time; ``waiting`` is of now."""

    since: str
    until: str
    bucket: str
    runs: list[RunsOfBucket]
    workflows: list[RunsOfWorkflow]
    failures: list[Failure]
    waiting: list[Waiting]
    digests: Digests
    delivery: DeliveryTimes


class WorkerSeen(_Model):
    """A process that runs what is due, and whether it said so within the last minute."""

    owner: str
    workflows: int
    started_at: str | None
    seen_at: str | None
    alive: bool


class Overdue(_Model):
    """Runs of a workflow that are more than a minute late."""

    workflow_id: str
    runs: int
    since: str


class ProviderSeen(_Model):
    """What the process that answers knows of a provider: whether it is asked, and why not."""

    channel: str | None
    provider: str
    circuit: str
    failures: int
    since: str | None
    until: str | None
    last_error: str | None
    rate: str | None
    in_progress: int


class FindingResponse(_Model):
    """A place and what is wrong there, as ``novu check`` tells it; a ``note`` may well be meant."""

    where: str
    problem: str
    note: bool


class StatusOverview(_Model):
    """Whether a worker is there, what is overdue, and what would go wrong."""

    version: str
    server: str
    dispatch: str
    worker: str
    workers: list[WorkerSeen]
    alive: bool
    due: int
    oldest_due: str | None
    handed_over: int
    overdue: list[Overdue]
    providers: list[ProviderSeen]
    findings: list[FindingResponse]
