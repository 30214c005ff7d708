"""Performs the steps that act on the run itself: digest, delay and throttle (SEMANTICS)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from novu_core.codec import fault_of_text
from novu_core.definition.output_keys import spelled
from novu_core.engine.due import check_config, config_of, due_of, extended, found_in
from novu_core.engine.halts import Aborted, Settled
from novu_core.engine.ledger import Ledger
from novu_core.engine.leftovers import secrets, unreached
from novu_core.errors import ScheduleInvalidError, StoreError
from novu_core.execution.rendering import StepRun
from novu_core.schedules import windows
from novu_core.storage.changes import Change, save_step
from novu_core.storage.digests import FlushDigest, JoinDigest, TakeSlot
from novu_core.storage.ids import uuid7
from novu_core.storage.rows import StepRow
from novu_core.types import JsonObject, StepType

_OTHER_FORMS = {"cron", "dynamicKey"}
_BUCKET = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_BUCKET_LENGTH = 512
"""Characters; an index of PostgreSQL takes 2704 bytes at most. A longer bucket is known by its hash."""


class Waits:
    """One digest, delay or throttle step of one run."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._parts = ledger.parts
        self._run = ledger.run

    async def perform(self, step: StepRun, row: StepRow, *, left: bool = False) -> None:
        """Wait, merge, pass or finish. Leaves the run for all but the last two.

        ``left``: the run left this digest when it failed, and joins it again with the due time that it had.
        """
        if row.resume_at is not None and not row.tries and not left:  # the wait is over
            await (self._flush if row.type == StepType.DIGEST else self._wake)(step, row)
            return
        config = await step.resolve()
        try:
            config = self._overridden(step.call.type, config_of(config))
            check_config(step.call.type, config)
            due = row.resume_at if left else None
            row.tries, row.resume_at = 0, None
            now = self._parts.clock.now()
            if step.call.type is StepType.DIGEST:
                await self._join(step, row, config, now, due)
            elif step.call.type is StepType.DELAY:
                await self._delay(step, row, config, now)
            else:
                await self._throttle(step, row, config, now)
        except ScheduleInvalidError as error:
            raise ScheduleInvalidError(f"Step `{row.step_id}`: {error.message}") from error

    def _overridden(self, step_type: StepType, config: JsonObject) -> JsonObject:
        given = (self._run.request.get("overrides") or {}).get(step_type.value)
        regular = step_type is not StepType.THROTTLE and not config.keys() & _OTHER_FORMS
        if not (isinstance(given, dict) and regular):
            return config
        given = spelled(step_type, given)
        if given.keys() & _OTHER_FORMS:  # it replaces the amount, and does not stand beside it
            config = {key: value for key, value in config.items() if key not in ("amount", "unit", "type")}
        return {**config, **given}

    async def _join(self, step: StepRun, row: StepRow, config: JsonObject, now: datetime, due: datetime | None) -> None:
        look_back = config.get("lookBackWindow")
        change = JoinDigest(
            self._run,
            row,
            self._bucket(row, self._key(config, "digestKey")),
            uuid7(now, self._parts.entropy),
            due or self._extended(step, config, self._due(StepType.DIGEST, config, now)),
            now,
            windows.duration(look_back["amount"], look_back["unit"]) if look_back else None,
            self._ledger.fault(),
            self._collected(),
        )
        await self._decided(step, change, "merged")
        if self._run.waiting_for or self._run.outcome:
            raise Settled
        self._ledger.announce("step_completed", row)

    async def _decided(self, step: StepRun, change: JoinDigest | TakeSlot, reason: str) -> None:
        """Commit what is decided there, and with a run's end there the steps that it does not reach."""
        change.later = unreached(step.workflow, self._ledger, reason, change.now)
        await self._ledger.commit(step, change)
        if self._run.completed_at is not None:
            self._ledger.records.update({row.step_id: row for row in change.later})

    async def _flush(self, step: StepRun, row: StepRow) -> None:
        now = self._parts.clock.now()
        await self._ledger.commit(step, FlushDigest(self._run, row, now), *await self._snapshot(step))
        if row.result and len(row.result["events"]) > 1:
            await step.io.call(self._parts.events.watch.digested, row, self._parts.store)
        self._ledger.announce("step_completed", row)

    async def _delay(self, step: StepRun, row: StepRow, config: JsonObject, now: datetime) -> None:
        due = self._extended(step, config, self._due(StepType.DELAY, config, now))
        if due <= now:
            if step.call.on_past == "skip":
                await self._ledger.complete(step, row, outcome="skipped", reason="past")
                return
            if step.call.on_past != "send":
                raise ScheduleInvalidError(
                    f'its time {due.isoformat()} has passed; use a later one, or on_past="send" or "skip".'
                )
            row.result = {"duration": 0}
            await self._ledger.complete(step, row)
            return
        row.result, row.resume_at = {"duration": round((due - now).total_seconds() * 1000)}, due
        await self._ledger.wait_on(step, row, "delay")

    async def _wake(self, step: StepRun, row: StepRow) -> None:
        if row.result is None:  # a wait that an earlier version began
            assert row.resume_at is not None
            assert row.started_at is not None
            row.result = {"duration": round((row.resume_at - row.started_at).total_seconds() * 1000)}
        await self._ledger.complete(step, row, *await self._snapshot(step))

    async def _throttle(self, step: StepRun, row: StepRow, config: JsonObject, now: datetime) -> None:
        end = self._due(StepType.THROTTLE, config, now)
        if end <= now:
            raise ScheduleInvalidError(f"its window ends at {end.isoformat()}, which has passed; use a later time.")
        change = TakeSlot(
            self._run,
            row,
            self._bucket(row, self._key(config, "throttleKey")),
            end,
            int(config.get("threshold", 1)),
            now,
            self._ledger.fault(),
        )
        change.hides = await secrets(self._ledger, step.io)
        await self._decided(step, change, "throttled")
        self._ledger.announce("step_completed", row)
        if self._run.outcome:
            raise Settled

    def _bucket(self, row: StepRow, key: str) -> str:
        context = self._run.request.get("context") or {}
        if self._parts.mask.finds(context):
            context = {"sealed": self._parts.mask.seal(context)}
        app = [self._run.app] if self._run.app else []
        text = _BUCKET.encode([*app, self._run.workflow_id, row.step_id, self._run.subscriber_id, context, key])
        if len(text) <= _BUCKET_LENGTH and fault_of_text(text) is None:
            return text
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

    def _collected(self) -> list[JsonObject] | None:
        """What the run's latest digest before this one collected: a later digest counts events, and not runs."""
        digests = [row for row in self._ledger.records.values() if row.type == "digest" and row.result]
        return max(digests, key=lambda row: row.position).result["events"] if digests else None

    def _extended(self, step: StepRun, config: JsonObject, due: datetime) -> datetime:
        """Return when the subscriber's next open hours begin, where the step asks to wait for them."""
        return extended(step.workflow, self._ledger.recipient, config, due)

    def _key(self, config: JsonObject, name: str) -> str:
        """Return what groups a digest's or a throttle's runs: a path below ``payload.`` is looked up (SEMANTICS)."""
        value = config.get(name, "")
        if not isinstance(value, str | int | float):
            raise ScheduleInvalidError(f"its {name} must be text or a number, not {value!r}.")
        if isinstance(value, str) and value.startswith("payload."):
            name, value = value, found_in(self._run.request["payload"], value, missing=value)
            if self._parts.mask.hides(name) or self._parts.mask.finds(value):
                return self._parts.mask.seal(value)
        return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)

    def _due(self, step_type: StepType, config: JsonObject, now: datetime) -> datetime:
        return due_of(step_type, config, self._run.request["payload"], now, self._ledger.recipient.zone.key)

    async def _snapshot(self, step: StepRun) -> list[Change]:
        """What in-app steps read as seen and read from this wake on, so that a replay sees the same."""
        rows = [row for row in self._ledger.records.values() if row.type == "in_app" and row.outcome == "delivered"]
        if not rows:
            return []
        try:
            messages = await step.io.call(self._parts.store.messages_of, self._run.execution_id)
        except StoreError as error:
            raise Aborted(error) from error
        state = {message.step_id: message for message in messages}
        for row in rows:
            message = state.get(row.step_id)
            if message is not None:  # else it was deleted, and reads as it did
                # in place: the function already holds this result
                row.result.update(seen=message.marks[0] == "1", read=message.marks[1] == "1")
        return [save_step(row) for row in rows]
