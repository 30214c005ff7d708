"""One execution in print: what became of its steps, which attempts failed and why, and whom its messages went to."""

from __future__ import annotations

from typing import Any

from novu_core import Client, ExecutionContext, MessageRecord, StepRecord
from novu_core.engine.faults import summary
from novu_core.engine.stuck import stuck
from novu_core.integrations.terminal.output import echo, say, table
from novu_core.lines import one_line
from novu_core.types import JsonObject


def show(made: Client, execution: ExecutionContext, json_output: bool) -> None:
    """Print an execution."""
    messages = made.messages.list(execution_id=execution.execution_id, limit=100).items
    if json_output:
        echo({**execution.to_json(), "messages": messages})
        return
    say(headline(execution))
    if execution.merged_into:
        say(f"merged into: {execution.merged_into}")
    for run in stuck(made.engine.parts):
        if run.execution_id == execution.execution_id:
            say(one_line(f"hanging: {run}"))
    if execution.error:
        say(one_line(f"error: {summary(execution.error)}"))
    sent = {message.step_id: message for message in messages}
    table(
        ["STEP", "TYPE", "STATUS", "OUTCOME", "REASON", "FAILED ATTEMPTS", "PROVIDER", "TO"],
        [_row(step, sent.get(step.step_id)) for step in execution.steps],
    )
    for step in execution.steps:
        for line in _failures(step, execution.error):
            say(one_line(line))


def headline(execution: ExecutionContext) -> str:
    """Return what an execution is and how it stands, in one line."""
    ended = str(execution.outcome) if execution.outcome else ""
    if execution.waiting_for and execution.resume_at:
        ended = f"{execution.waiting_for} until {until(execution)}"
    return one_line(
        f"{execution.execution_id}  {execution.workflow_id} -> {execution.payload.recipient}: {execution.status}"
        + (f" ({ended})" if ended else "")
    )


def until(execution: ExecutionContext) -> str | None:
    """Return when a waiting execution goes on."""
    return execution.resume_at.isoformat(timespec="seconds") if execution.resume_at else None


def _row(step: StepRecord, message: MessageRecord | None) -> list[Any]:
    sent = [None, None] if message is None else [message.provider, message.to]
    return [step.step_id, step.type, step.status, step.outcome, step.reason, len(step.attempts), *sent]


def _failures(step: StepRecord, told: JsonObject | None) -> list[str]:
    """A line for each attempt that failed, and for the step's own error, unless it was told before."""
    lines = []
    for number, attempt in enumerate(step.attempts, 1):
        error = attempt["error"]
        by = f" by {error['provider']}" if error.get("provider") else ""
        lines.append(f"{step.step_id}: {summary(error)} (attempt {number}{by} at {attempt['at']})")
    if step.unreadable is not None:
        lines.append(f"{step.step_id}: cannot be read: {step.unreadable}")
    if step.error and step.error != told and all(step.error != attempt["error"] for attempt in step.attempts):
        lines.append(f"{step.step_id}: {summary(step.error)}")
    return lines
