"""The jobs of a run: one for each step, in order, in Novu's words."""

from __future__ import annotations

from novu_core.definition.workflow import Workflow
from novu_core.delivery.router import Router
from novu_core.http.novu.providers import configured, provider_id
from novu_core.http.shapes.answers import time_text
from novu_core.records import ExecutionContext, StepRecord
from novu_core.types import Channel, ExecutionOutcome, JsonObject, StepOutcome, StepStatus, StepType

_DETAILS = {
    "pending": "Pending",
    "delayed": "Pending",
    "running": "Pending",
    "completed": "Success",
    "failed": "Failed",
    "skipped": "Warning",
    "merged": "Warning",
    "canceled": "Warning",
}


def jobs_of(router: Router, run: ExecutionContext, workflow: Workflow | None) -> list[JsonObject]:
    """Return the jobs. ``workflow``: None where it is not registered any more."""
    jobs = [_job(router, run, step) for step in run.steps]
    if run.outcome is ExecutionOutcome.CANCELED and all(job["status"] != "canceled" for job in jobs):
        done = {step.step_id for step in run.steps}
        for step in (workflow.steps_or_none() if workflow else None) or []:
            if step.step_id not in done:  # the run was ended before it: between two steps, or before the first
                return [*jobs, _made(router, run, step.step_id, step.step_type, "canceled", "canceled", None)]
    return jobs


def _job(router: Router, run: ExecutionContext, step: StepRecord) -> JsonObject:
    status = _status(run, step)
    job = _made(router, run, step.step_id, step.type, status, _detail(step, status), _provider(step))
    at = step.completed_at or step.started_at
    if at is not None:
        job["updatedAt"] = job["executionDetails"][0]["createdAt"] = time_text(at)
    return job


def _made(
    router: Router, run: ExecutionContext, step_id: str, kind: StepType, status: str, detail: str, provider: str | None
) -> JsonObject:
    job_id, at = f"{run.execution_id}:{step_id}", time_text(run.created_at)
    template = f"{run.workflow_id}:{step_id}"
    return {
        "_id": job_id,
        "type": kind.value,
        "status": status,
        "providerId": _provider_id(router, kind, provider),
        "updatedAt": at,
        "step": {"_id": template, "active": True, "filters": [], "_templateId": template, "name": step_id},
        "executionDetails": [
            {
                "_id": f"{job_id}:{status}",
                "status": _DETAILS[status],
                "detail": detail,
                "isRetry": False,
                "isTest": False,
                "source": "Internal",
                "createdAt": at,
            }
        ],
    }


def _status(run: ExecutionContext, step: StepRecord) -> str:
    if step.status is StepStatus.PENDING:
        return "pending"
    if step.status is StepStatus.EXECUTING:
        return "delayed" if run.waiting_for is not None else "running"
    if step.status is StepStatus.FAILED:
        return "failed"
    if step.outcome is not StepOutcome.SKIPPED:
        return "completed"
    if step.reason == "merged" and run.outcome is ExecutionOutcome.CANCELED:
        return "canceled"  # its event has left the digest
    return str(step.reason) if step.reason in ("canceled", "merged") else "skipped"


def _detail(step: StepRecord, status: str) -> str:
    if step.error is not None and step.status is StepStatus.FAILED:
        return f"failed: {step.error.get('type', 'error')}"
    if step.outcome is StepOutcome.SKIPPED and status != "canceled":
        return f"{step.reason}: {step.rule}" if step.rule else str(step.reason)
    return status


def _provider(step: StepRecord) -> str | None:
    """The provider by which a step failed; the one that delivered is not part of a step."""
    failed = step.error if step.status is StepStatus.FAILED else None
    named = (failed or {}).get("provider")
    return named if isinstance(named, str) else None


def _provider_id(router: Router, kind: StepType, provider: str | None) -> str:
    if not kind.is_channel or provider is not None:
        return provider_id(kind.value, provider)
    found = configured(router, Channel(kind.value))
    return found[0] if found else provider_id(kind.value)
