"""The engine's journal of one run: recalls steps, asks the gates, and performs what has not been done yet."""

from __future__ import annotations

from typing import Any

from novu_core.aio import is_failure, is_time_limit
from novu_core.definition.output_keys import spelled
from novu_core.delivery import provider_name
from novu_core.delivery.attachments import MAIL_OVERRIDES, has_attachments
from novu_core.engine.conditions import decided
from novu_core.engine.delivering import Delivering
from novu_core.engine.gates import Gates
from novu_core.engine.halts import Aborted, Failed
from novu_core.engine.ledger import Ledger
from novu_core.engine.leftovers import secrets
from novu_core.engine.recorded import Recorded, ends_run
from novu_core.engine.waits import Waits
from novu_core.errors import ExecutionError, FieldError, OutputInvalidError, StepUnavailableError
from novu_core.execution.outcome import Stop
from novu_core.execution.rendering import StepRun
from novu_core.lines import about
from novu_core.storage.changes import SaveOwnStep
from novu_core.storage.rows import StepRow
from novu_core.storage.troubles import unknown
from novu_core.types import Channel, JsonObject, SkipReason, StepType

_HTML = frozenset({"html", "body", "content_type"})
_WAITS = (StepType.DIGEST, StepType.DELAY, StepType.THROTTLE)


class EngineJournal(Recorded):
    """Implements the executor's Journal for one claimed run."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._gates = Gates(ledger.parts, ledger.recipient)

    async def step(self, step: StepRun) -> Any:
        """Return a recorded step's result, or run the step."""
        record = self.recall(step)
        if record is not None and record.status in ("completed", "failed"):
            if record.status == "failed" and self._ledger.stops(step):  # killed before the run's own end was committed
                error = ExecutionError(str((record.error or {}).get("message")))
                raise Failed(error, record.step_id, record.error)
            ended = ends_run(record)
            if ended is not None:
                await self._ledger.end_again(step, ended, await secrets(self._ledger, step.io))
            return self.give(step, record)
        now = self._ledger.parts.clock.now()
        fresh = StepRow(
            execution_id=self._run.execution_id,
            step_id=step.call.step_id,
            position=step.position,
            type=step.call.type.value,
            status="executing",
        )
        row = fresh if record is None else record
        row.started_at = row.started_at or now
        self._ledger.records[row.step_id] = row
        self._run.current_step = row.step_id
        left, row.status = row.status == "pending", "executing"  # a digest that the run left when it failed
        if not left and row.resume_at is not None and row.resume_at > now:
            await self._ledger.wait_on(step, row, "retry" if row.type not in _WAITS or row.tries else row.type)
        named = about(row.execution_id, self._run.workflow_id, row.step_id)
        with named, self._ledger.parts.events.watch.step(self._run, row):
            await self._go_on(step, row, left=left)
        return self.give(step, row)

    async def _go_on(self, step: StepRun, row: StepRow, *, left: bool) -> None:
        try:
            reason = await self._skips(step, row)
            if reason is not None:
                row.result = None  # made before the address was suppressed, perhaps
                await self._ledger.complete(step, row, outcome="skipped", reason=reason)
            else:
                await self._perform(step, row, left=left)
        except Stop:
            raise
        except BaseException as error:
            if not is_failure(error):
                raise
            if is_time_limit(error) and (row.status == "completed" or self._run.waiting_for is not None):
                raise Aborted(unknown(error)) from error  # it is done, or waits, and that is perhaps stored
            await self._ledger.fail(step, row, error)

    async def _perform(self, step: StepRun, row: StepRow, *, left: bool) -> None:
        step_type = step.call.type
        if step_type in _WAITS:
            await Waits(self._ledger).perform(step, row, left=left)
        elif step_type is StepType.CUSTOM:
            await self._ledger.open(step.io)
            row.result = await step.output()
            await self._ledger.complete(step, row)
        elif (channel := step_type.channel) is not None:
            if row.result is None:
                row.result = await self._content(step, row, channel)
                row.tries = 0  # the resolver's; the delivery has its own
                if channel is Channel.EMAIL and has_attachments(row.result):  # kept before they are sent: files change
                    await self._ledger.commit(step, SaveOwnStep.of(self._run, row))
            if channel is not Channel.IN_APP:
                await self._ledger.open(step.io)
            await Delivering(self._ledger).perform(step, row, channel)
        else:
            raise StepUnavailableError(
                f"Step `{row.step_id}`: {step_type} steps are performed only by Novu; in embedded mode use step.custom."
            )

    async def _content(self, step: StepRun, row: StepRow, channel: Channel) -> JsonObject:
        """What the step sends: its output with what the trigger says of its channel, harmless, and the overrides."""
        output = step.validate(self._overridden(row, await step.resolve()))
        content = _harmless(step, output)
        if step.call.providers:
            overrides = await step.overrides(output, self._providers(channel))
            own = {name: _harmless(step, overrides[name]) for name in MAIL_OVERRIDES if name in overrides}
            content["_providers"] = {**overrides, **own}
        return content

    def _providers(self, channel: Channel) -> set[str]:
        """Whom a step may override beside Novu's providers: those of the channel, and SMTP by our name."""
        return {"smtp", *map(provider_name, self._ledger.parts.router.providers(channel))}

    def _overridden(self, row: StepRow, resolved: Any) -> Any:
        """What the step says, with what the trigger says of its channel laid over it."""
        given = (self._run.request.get("overrides") or {}).get(row.type)
        if not (isinstance(given, dict) and isinstance(resolved, dict)):
            return resolved
        laid = spelled(StepType(row.type), given)
        if "safe_html" in laid:
            raise OutputInvalidError(
                f"The overrides of the trigger cannot be used in step `{row.step_id}`.",
                [FieldError("/safe_html", "only the step itself can say so of its own templates")],
            )
        own = {name: value for name, value in resolved.items() if name != "safe_html" or _HTML.isdisjoint(laid)}
        return {**own, **laid}

    async def _skips(self, step: StepRun, row: StepRow) -> str | None:
        channel = step.call.type.channel
        waits = row.resume_at is not None and not row.tries
        if row.result is None and not waits:  # else it passed these gates before its output was made, or it waited
            reason = await step.skip()
            if reason is SkipReason.CONDITION and step.definition.condition is not None:
                row.condition = decided(step.definition.condition, step.scope.for_conditions(step.controls()[1]))
            if reason is None and channel is not None:
                reason, rule = self._gates.closed(step.workflow, channel)
                row.rule = rule.value if rule else None
            if reason is not None:
                return reason.value
        return await self._gates.suppressed(channel, step.io)


def _harmless(step: StepRun, output: JsonObject) -> JsonObject:
    """What a step, or its override in an e-mail's words, says, without a word on whether its HTML is safe."""
    content: JsonObject = {**step.sanitize(output)}
    content.pop("safe_html", None)
    return content
