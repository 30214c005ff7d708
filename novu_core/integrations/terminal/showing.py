"""One execution in print: the timeline that the Studio shows, and whom its messages went to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from novu_core import Client, ExecutionContext, MessageRecord, StepRecord
from novu_core.engine.faults import summary
from novu_core.engine.stuck import stuck
from novu_core.integrations.terminal.output import echo, program, say, table
from novu_core.integrations.terminal.words import brief, gate, name_of, plural, read, relative, sentence
from novu_core.lines import one_line
from novu_core.records.summaries import Window
from novu_core.types import JsonObject


def show(made: Client, execution: ExecutionContext, json_output: bool) -> None:
    """Print an execution with every step of its workflow, also those that it did not reach."""
    run = made.executions.timeline(execution.execution_id)
    messages = made.messages.list(execution_id=run.execution_id, limit=100).items
    if json_output:
        echo({**run.to_json(), "messages": messages})
        return
    collects = any(step.type == "digest" and step.status != "pending" for step in run.steps)
    window = made.executions.events(run.execution_id, limit=100) if collects else None
    say(f"{headline(run)}  {one_line(sentence(run, window, made.clock.now()))}")
    if run.merged_into:
        say(f"merged into: {run.merged_into}")
    if _is_due(run, made) and not any(worker["alive"] for worker in made.stats.workers()):
        request = ", or send the app a request" if made.settings.worker == "thread" else ""
        say(f"no worker is alive, so nothing continues it: start `{program()} worker`{request}")
    for hanging in stuck(made.engine.parts):
        if hanging.execution_id == run.execution_id:
            say(one_line(f"hanging: {hanging}"))
    if run.error:
        say(one_line(f"error: {summary(run.error)}"))
    sent = {message.step_id: message for message in messages}
    table(
        ["STEP", "TYPE", "STATUS", "OUTCOME", "REASON", "FAILED ATTEMPTS", "PROVIDER", "TO"],
        [_row(step, sent.get(step.step_id)) for step in run.steps],
    )
    for step in run.steps:
        for line in (*_gate(step, run), *_failures(step, run.error), *_wait(step, run, window, made)):
            say(one_line(f"{step.step_id}: {line}"))


def _is_due(run: ExecutionContext, made: Client) -> bool:
    """Whether a worker could go on with a run now."""
    waited = run.resume_at is not None and run.resume_at <= made.clock.now()
    return run.status == "pending" or (run.waiting_for is not None and waited)


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
    status = "not reached" if step.status == "pending" else step.status
    return [step.step_id, step.type, status, step.outcome, step.reason, len(step.attempts), *sent]


def _gate(step: StepRecord, run: ExecutionContext) -> Iterator[str]:
    """Which gate closed, and what a condition read."""
    if step.outcome == "skipped":
        yield gate(step, name_of(run))
    if step.condition is not None:
        yield str(step.condition.get("source"))
        for name, value in (step.condition.get("values") or {}).items():
            yield read(name, value)


def _failures(step: StepRecord, told: JsonObject | None) -> Iterator[str]:
    """A line for each attempt that failed, and for the step's own error, unless it was told before."""
    errors = [attempt["error"] for attempt in step.attempts]
    tried = [error.get("provider") for error in errors]
    for at, attempt in enumerate(step.attempts):
        by = f" by {tried[at]}" if tried[at] else ""
        last = at + 1 == len(tried)
        following = (step.provider if step.outcome == "delivered" else None) if last else tried[at + 1]
        changes = f"; changed to {following}" if tried[at] and following and following != tried[at] else ""
        took = f"; {step.provider} took it" if last and step.outcome == "delivered" and step.provider else ""
        yield f"{summary(errors[at])} (attempt {at + 1}{by} at {attempt['at']}{changes}{took})"
    if step.unreadable is not None:
        yield f"cannot be read: {step.unreadable}"
    if step.error and step.error != told and step.error not in errors:
        yield summary(step.error)


def _wait(step: StepRecord, run: ExecutionContext, window: Window | None, made: Client) -> Iterator[str]:
    """Since when and until when the step waits, and what its digest has collected."""
    waits = step.status == "executing" and step.resume_at is not None and run.waiting_for is not None
    if waits and step.resume_at is not None:
        verb = "tries again" if run.waiting_for == "retry" else "waits until"
        since = f", since {step.started_at.isoformat(timespec='seconds')}" if step.started_at else ""
        due = step.resume_at
        yield f"{verb} {due.isoformat(timespec='seconds')} ({relative(due - made.clock.now())}){since}"
    if window is None or window.step_id != step.step_id or not window.count:
        return
    yield f"{plural(window.count, 'event')}{f' of {window.key}' if window.key else ''}"
    for event in window.items if waits else ():
        other = "" if event["id"] == run.execution_id else f" (run {event['id']})"
        yield f"{event['time']} {brief(event['payload'])}{other}"
