"""Performs a channel step: the in-app message in the step's own commit, all others through the channel's providers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from novu_core.aio import is_failure
from novu_core.codec import storable
from novu_core.delivery import (
    Delivery,
    Message,
    NextProvider,
    RetryLater,
    address_of,
    attempt,
    classify,
    next_attempt,
    provider_name,
    receipt,
)
from novu_core.delivery.addresses import address_key_or_none
from novu_core.delivery.attachments import described
from novu_core.engine.faults import describe
from novu_core.engine.ledger import Ledger
from novu_core.errors import DeliveryError
from novu_core.execution.rendering import StepRun
from novu_core.lines import logger_of
from novu_core.records.subscriber import Subscriber
from novu_core.storage.ids import uuid7
from novu_core.storage.rows import MessageRow, StepRow, SuppressionRow
from novu_core.storage.suppressions import AddSuppression
from novu_core.types import Channel

logger = logger_of(__name__)
_STORED = Delivery("novu")


class Delivering:
    """One channel step of one run."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._parts = ledger.parts

    async def perform(self, step: StepRun, row: StepRow, channel: Channel) -> None:
        """Deliver and commit, or record the failure. Leaves the run where a retry is due later."""
        message = self._message(step, row, channel)
        if channel is Channel.IN_APP:
            await self._delivered(step, row, message, _STORED)
            if self._parts.inbox is not None:
                self._parts.inbox(message)
            return
        providers = self._parts.router.providers(channel)
        if not providers:
            error = DeliveryError(self._parts.router.missing(channel))
            row.error = describe(error, row.step_id, "configuration")
            await self._ledger.give_up(step, row, error)
            return
        retry = step.call.retry or step.workflow.retry or self._parts.retry
        while True:
            provider = providers[min(row.provider_index, len(providers) - 1)]
            lane = self._parts.router.lane(provider)
            held = lane.hold(waited=row.resume_at is not None)
            if held is not None:
                await self._ledger.wait(step, row, "retry", held)
            try:
                watched = self._parts.events.watch.attempt(self._ledger.run, row, provider_name(provider))
                with lane.attempt(last=row.provider_index + 1 >= len(providers)), watched:
                    answer = await attempt(provider, message, step.io)
            except BaseException as raised:
                if not is_failure(raised):
                    raise
                error = classify(raised, self._parts.clock)
            else:
                await self._delivered(step, row, message, receipt(provider, answer))
                return
            fault = {**describe(error, row.step_id, "delivery"), "provider": provider_name(provider)}
            self._ledger.failed_attempt(row, fault)
            if error.hard_bounce and channel is Channel.EMAIL:
                await self._suppress(step, message, error)
            following = next_attempt(error, row.tries, row.provider_index, len(providers), retry, self._parts.random)
            if isinstance(following, RetryLater):
                _tell(row, provider, f"next attempt in {following.seconds:.0f} s", error)
                await self._ledger.wait(step, row, "retry", timedelta(seconds=following.seconds))
            if not isinstance(following, NextProvider):
                logger.warning("Step %s of %s was not delivered: %s", row.step_id, row.execution_id, error)
                await self._ledger.give_up(step, row, error)
                return
            _tell(row, provider, f"{provider_name(providers[following.index])} is next", error)
            row.provider_index, row.tries = following.index, 0

    def _message(self, step: StepRun, row: StepRow, channel: Channel) -> Message:
        run, recipient = self._ledger.run, self._ledger.recipient.data
        mail, links = channel is Channel.EMAIL, self._parts.links
        message = Message.__new__(Message)  # as unpickled: a frozen dataclass's constructor takes four times as long
        vars(message).update(
            channel=channel,
            to=address_of(recipient, channel),
            subscriber=Subscriber.lenient(recipient),
            content=row.result,
            idempotency_key=f"{row.execution_id}:{row.step_id}",
            execution_id=row.execution_id,
            step_id=row.step_id,
            workflow_id=run.workflow_id,
            created_at=self._parts.clock.now(),
            unsubscribe_url=links.unsubscribe(run.subscriber_id, step.workflow, run.created_at) if mail else None,
        )
        return message

    async def _delivered(self, step: StepRun, row: StepRow, message: Message, delivery: Delivery) -> None:
        run, sent = self._ledger.run, row.result
        content = described(message.content) if message.channel is Channel.EMAIL else message.content
        self._tell_refused(row, delivery)
        stored = MessageRow(
            message_id=uuid7(message.created_at, self._parts.entropy),
            execution_id=run.execution_id,
            step_id=row.step_id,
            workflow_id=run.workflow_id,
            subscriber_id=run.subscriber_id,
            transaction_id=run.transaction_id,
            channel=message.channel.value,
            address=message.to,
            content=content,
            provider=delivery.provider,
            provider_message_id=delivery.id,
            created_at=message.created_at,
            app=run.app,
            tags=step.workflow.tags if message.channel is Channel.IN_APP else None,
            severity=step.workflow.severity.value if message.channel is Channel.IN_APP else None,
        )
        row.result = content  # what was sent needs no keeping
        try:
            await self._ledger.complete(step, row, message=stored, outcome="delivered")
        except BaseException:
            row.result = sent
            raise
        self._parts.events.emit(
            "message_sent",
            message=message,
            provider=delivery.provider,
            triggered_at=run.created_at,
            started_at=run.started_at or run.created_at,
        )

    async def _suppress(self, step: StepRun, message: Message, error: DeliveryError) -> None:
        """Send nothing more to an address of which its server says that it takes no mail."""
        address = address_key_or_none(message.to)
        if address is None:  # of a provider that looks it up by itself
            return
        suppression = SuppressionRow(
            channel=Channel.EMAIL.value,
            address=address,
            id=self._parts.new_id(),
            reason="hard bounce",
            detail=storable(error.message),
            created_at=self._parts.clock.now(),
        )
        await self._ledger.save(step.io, AddSuppression(suppression))
        logger.warning("Step %s of %s: %s is suppressed: %s", message.step_id, message.execution_id, address, error)

    def _tell_refused(self, row: StepRow, delivery: Delivery) -> None:
        """Keep in the history, and log, which copies were refused of a message that its subscriber got."""
        detail: Any = delivery.detail  # of a user's provider, perhaps
        refused = detail.get("refused") if isinstance(detail, dict) else None
        if not isinstance(refused, dict) or not refused:
            return
        told = "; ".join(f"{storable(address)}: {storable(reason)}" for address, reason in refused.items())
        error = DeliveryError(f"Delivered, but not to {told}")
        fault = {**describe(error, row.step_id, "delivery"), "provider": delivery.provider}
        row.attempts = [*row.attempts, {"at": self._parts.clock.now().isoformat(), "error": fault}]
        logger.warning("Step %s of %s: %s", row.step_id, row.execution_id, error)


def _tell(row: StepRow, provider: object, following: str, error: DeliveryError) -> None:
    logger.info(
        "Step %s of %s: attempt %d by %s failed, %s: %s",
        row.step_id,
        row.execution_id,
        row.tries,
        provider_name(provider),
        following,
        error,
    )
