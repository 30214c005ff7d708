"""Performs a channel step: the in-app message in the step's own commit, all others through the channel's providers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from novu_core.delivery import (
    Delivery,
    GiveUp,
    Message,
    NextProvider,
    attempt,
    classify,
    next_attempt,
    provider_name,
    receipt,
)
from novu_core.engine.faults import describe
from novu_core.engine.gates import address_of
from novu_core.engine.ids import uuid7
from novu_core.errors import DeliveryError
from novu_core.execution.rendering import StepRun
from novu_core.storage.changes import add_message
from novu_core.storage.records import MessageRow, StepRow
from novu_core.types import Channel

if TYPE_CHECKING:
    from novu_core.engine.journal import EngineJournal

logger = logging.getLogger("novu_core")


class Delivering:
    """One channel step of one run."""

    def __init__(self, journal: EngineJournal) -> None:
        self._journal = journal
        self._parts = journal.parts

    async def perform(self, call: StepRun, row: StepRow) -> None:
        """Deliver and commit, or record the failure. Leaves the run where a retry is due later."""
        channel = Channel(row.type)
        message = self._message(call, row, channel)
        if channel is Channel.IN_APP:
            await self._delivered(call, row, message, Delivery("novu"))
            if self._parts.inbox is not None:
                self._parts.inbox(message)
            return
        providers = self._parts.router.providers(channel)
        if not providers:
            error = DeliveryError(self._parts.router.missing(channel))
            row.error = describe(error, row.step_id, "delivery")
            await self._journal.give_up(call, row, error)
            return
        retry = call.call.retry or call.workflow.retry or self._parts.retry
        while True:
            provider = providers[min(row.provider, len(providers) - 1)]
            try:
                answer = await attempt(provider, message, call.io)
            except Exception as raised:
                error = classify(raised, self._parts.clock)
                following = await self._journal.after_attempt(
                    call,
                    row,
                    lambda found=error: next_attempt(  # type: ignore[misc]  # bound at once, for the loop's sake
                        found, row.tries, row.provider, len(providers), retry, self._parts.random
                    ),
                    {**describe(error, row.step_id, "delivery"), "provider": provider_name(provider)},
                )
                if isinstance(following, NextProvider):
                    row.provider = following.index
                    continue
                assert isinstance(following, GiveUp)
                logger.warning("Step %s of %s was not delivered: %s", row.step_id, row.execution_id, error)
                await self._journal.give_up(call, row, error)
                return
            await self._delivered(call, row, message, receipt(provider, answer))
            return

    def _message(self, call: StepRun, row: StepRow, channel: Channel) -> Message:
        run = self._journal.run
        return Message(
            channel=channel,
            to=address_of(run.request["subscriber"], channel),
            subscriber=call.scope.subscriber,
            content=row.result,
            idempotency_key=f"{row.execution_id}:{row.step_id}",
            execution_id=row.execution_id,
            step_id=row.step_id,
            workflow_id=run.workflow_id,
            created_at=self._parts.clock.now(),
        )

    async def _delivered(self, call: StepRun, row: StepRow, message: Message, delivery: Delivery) -> None:
        run = self._journal.run
        stored = MessageRow(
            uuid7(message.created_at, self._parts.entropy),
            run.execution_id,
            row.step_id,
            run.workflow_id,
            run.subscriber_id,
            run.transaction_id,
            message.channel.value,
            message.to,
            message.content,
            delivery.provider,
            delivery.id,
            message.created_at,
        )
        await self._journal.complete(call, row, add_message(stored), outcome="delivered")
        self._parts.events.emit("message_sent", message=message, provider=delivery.provider)
