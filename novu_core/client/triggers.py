"""The calls that trigger: each in a blocking and an async form over one coroutine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

from novu_core.aio import IO, Blocking, Looped, drive
from novu_core.definition.workflow import AsyncTriggerOptions, TriggerOptions, Workflow
from novu_core.errors import AsyncContextError, FieldError, ValidationError
from novu_core.records import TriggerResult

if TYPE_CHECKING:  # SQLAlchemy loads when a client is built
    from novu_core.storage.sessions import AsyncLendable, Lendable


class Triggers:
    """What a client triggers with. :meth:`dispatch` is what each of them ends in."""

    async def dispatch(
        self, workflow: Workflow | str, io: IO, to: Any, payload: Any = None, **options: Unpack[AsyncTriggerOptions]
    ) -> TriggerResult:
        """Trigger through the given IO."""
        raise NotImplementedError

    def trigger(
        self, workflow: Workflow | str, to: Any, payload: Any = None, **options: Unpack[TriggerOptions]
    ) -> TriggerResult:
        """Run a workflow (or the one with this id) for ``to``; see :meth:`Workflow.trigger`."""
        return drive(self.dispatch(workflow, Blocking(), to=to, payload=payload, **options))

    async def atrigger(
        self, workflow: Workflow | str, to: Any, payload: Any = None, **options: Unpack[AsyncTriggerOptions]
    ) -> TriggerResult:
        """Do as :meth:`trigger` on the running event loop, which is not blocked."""
        return await self.dispatch(workflow, Looped(), to=to, payload=payload, **options)

    def broadcast(
        self,
        workflow: Workflow | str,
        payload: Any = None,
        *,
        exclude: Iterable[str] | str = (),
        **options: Unpack[TriggerOptions],
    ) -> TriggerResult:
        """Run a workflow for every subscriber in the store but ``exclude``, ids of subscribers, and the ``actor``.

        Returns at once, without executions: a worker records them. Raises ValidationError and WorkflowNotActiveError.
        """
        return drive(self.dispatch(workflow, Blocking(), to=_everyone(exclude), payload=payload, **options))

    async def abroadcast(
        self,
        workflow: Workflow | str,
        payload: Any = None,
        *,
        exclude: Iterable[str] | str = (),
        **options: Unpack[AsyncTriggerOptions],
    ) -> TriggerResult:
        """Do as :meth:`broadcast` on the running event loop, which is not blocked."""
        return await self.dispatch(workflow, Looped(), to=_everyone(exclude), payload=payload, **options)

    def trigger_many(
        self, items: Iterable[Mapping[str, Any]], *, session: Lendable | None = None
    ) -> list[TriggerResult | Exception]:
        """Trigger one after another what the items say: ``{"workflow": ..., "to": ..., "payload": ..., ...}``.

        ``workflow`` is one or the id of one; the other keys are :meth:`trigger`'s arguments, but that the runs are only
        recorded unless an item has ``"wait": True``. Returns a result for each item, in order. An item that cannot be
        triggered does not stop those after it: its place has the error that :meth:`trigger` would raise.

        ``session``: a transaction of yours, in which those that can be are recorded; see :meth:`Workflow.trigger`.
        """
        return drive(self.dispatch_many(items, Blocking(), session))

    async def atrigger_many(
        self, items: Iterable[Mapping[str, Any]], *, session: Lendable | AsyncLendable | None = None
    ) -> list[TriggerResult | Exception]:
        """Do as :meth:`trigger_many` on the running event loop, which is not blocked."""
        return await self.dispatch_many(items, Looped(), session)

    async def dispatch_many(
        self, items: Iterable[Mapping[str, Any]], io: IO, session: Lendable | AsyncLendable | None = None
    ) -> list[TriggerResult | Exception]:
        """Trigger the items through the given IO."""
        return [await self._item(item, io, session) for item in items]

    async def _item(self, item: Any, io: IO, session: Any) -> TriggerResult | Exception:
        try:
            return await self.dispatch(io=io, **{"session": session, **_checked(item)})
        except AsyncContextError:  # the call is wrong, not this item
            raise
        except Exception as error:
            return error


def _checked(item: Any) -> dict[str, Any]:
    """Return the arguments that an item holds. Raises ValidationError."""
    if not isinstance(item, Mapping):
        raise ValidationError("The item is invalid.", [FieldError("", f"must be an object, not {item!r}")])
    missing = [FieldError(f"/{name}", "is missing") for name in ("workflow", "to") if name not in item]
    if missing:
        raise ValidationError("The item is invalid.", missing)
    return {"wait": False, **item}


def _everyone(exclude: Any) -> Any:
    from novu_core.engine.recipients import Everyone

    return Everyone(exclude)
