"""A preview as the Studio shows it: what would close a gate, the e-mail as it would be posted, the end of a wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from novu_core.aio import IO, is_failure
from novu_core.definition.workflow import Workflow
from novu_core.delivery import Message, address_of
from novu_core.engine.due import due_of, extended
from novu_core.engine.engine import Engine
from novu_core.engine.faults import describe
from novu_core.engine.gates import Gates
from novu_core.engine.letters import letter, mail_of
from novu_core.engine.preview import WAITS, Events, Rendered, example, render
from novu_core.engine.recipient import Recipient
from novu_core.errors import (
    ControlsInvalidError,
    FieldError,
    PayloadInvalidError,
    StepNotFoundError,
    ValidationError,
)
from novu_core.records.subscriber import Subscriber
from novu_core.storage.known import Known
from novu_core.types import Channel, JsonObject, StepType

MOST_EVENTS = 100
_NOBODY = "somebody@example.org"


@dataclass(frozen=True)
class Wanted:
    """What a step is to be shown with. ``payload`` None: an example. ``to``: a subscriber, or the id of a stored one.

    ``events`` and ``results``: those of earlier steps, as for :func:`~novu_core.engine.preview.render`. ``people``:
    whether what is stored of subscribers may be read; ``stored``: whether control values are kept in this store.
    """

    payload: Any = None
    to: Any = "preview"
    controls: JsonObject = field(default_factory=dict)
    events: Events = 3
    results: Mapping[str, Any] = field(default_factory=dict)
    people: bool = True
    stored: bool = True


async def show_step(engine: Engine, workflow_id: str, step_id: str, io: IO, wanted: Wanted) -> JsonObject:
    """Return one step as it would be, without sending, storing or running anything.

    ``{step_id, type, skipped, closed, controls, output, payload, to, text, headers, source, due_at, error}``:
    ``closed`` is the gate that the subscriber's wishes close; text, headers and source are an e-mail's; ``error`` is
    what the workflow's own code raised. Raises WorkflowNotFoundError, StepNotFoundError, and ValidationError, whose
    paths begin with ``/payload``, ``/controls``, ``/to`` or ``/events``.
    """
    workflow = engine.parts.registry[workflow_id]
    _check(wanted)
    definition = workflow.discover().get(step_id)
    if definition is None:
        raise StepNotFoundError(step_id)
    known = await io.call(_known, engine, workflow_id, wanted)
    payload = _example(workflow) if wanted.payload is None else wanted.payload
    shown: JsonObject = dict.fromkeys(("skipped", "closed", "text", "headers", "source", "due_at", "error"), None)
    shown = {"step_id": step_id, "type": definition.step_type.value, **shown, "controls": {}, "output": {}}
    to = _recipient(known, wanted)
    try:
        engine.checking.controls(workflow, step_id, wanted.controls, known.controls_of(step_id))
        rendered = await render(
            engine,
            workflow,
            step_id,
            io,
            payload=payload,
            controls=wanted.controls,
            to=to,
            stored=wanted.stored,
            events=wanted.events,
            results=wanted.results,
        )
        shown |= {**rendered.answer, **await _beside(engine, rendered, known, wanted, io)}
    except PayloadInvalidError as error:
        raise _below("/payload", error) from None
    except ControlsInvalidError as error:
        raise _below("/controls", error) from None
    except StepNotFoundError:
        told = "With this payload and these results the function does not reach the step."
        shown["error"] = {"type": "StepNotFoundError", "message": told, "step_id": step_id, "kind": "configuration"}
    except ValidationError as error:
        if any(path.startswith("/to") for path, _ in error.errors):
            raise
        shown["error"] = describe(error, step_id)
    except BaseException as error:
        if not is_failure(error):
            raise
        shown["error"] = describe(error, step_id)
    return {**shown, "payload": payload, "to": to}


def _example(workflow: Workflow) -> JsonObject:
    """Return a payload that fits the schema, with its examples and defaults, also those of what may be left out."""
    schema = workflow.payload_json_schema if workflow.payload_schema else {}
    told: JsonObject = {}
    for name, part in schema.get("properties", {}).items():
        if isinstance(part, Mapping) and isinstance(part.get("examples"), list) and part["examples"]:
            told[name] = part["examples"][0]
        elif isinstance(part, Mapping) and "default" in part:
            told[name] = part["default"]
    whole = schema.get("examples")
    return {**example(workflow), **told, **(whole[0] if isinstance(whole, list) and whole else {})}


def _check(wanted: Wanted) -> None:
    events: Any = wanted.events
    many = events if type(events) is int else len(events) if isinstance(events, list) else -1
    told = []
    if not 0 <= many <= MOST_EVENTS:
        told.append(
            FieldError("/events", f"must be a number from 0 to {MOST_EVENTS}, or a list of at most that many events")
        )
    elif isinstance(events, list):
        told += [
            FieldError(f"/events/{at}", "must be an object with `payload`")
            for at, event in enumerate(events)
            if not isinstance(event, Mapping) or not isinstance(event.get("payload"), Mapping)
        ]
    for name in ("controls", "results"):
        if not isinstance(getattr(wanted, name), Mapping):
            told.append(FieldError(f"/{name}", "must be an object"))
    if told:
        raise ValidationError("The preview is invalid.", told)


def _below(path: str, error: ValidationError) -> ValidationError:
    """The same error, its paths below that of the preview's part."""
    return type(error)(error.message, [FieldError(path + at, told) for at, told in error.errors])


def _known(engine: Engine, workflow_id: str, wanted: Wanted) -> Known:
    """What is stored of the workflow, and of a subscriber, if that may be told."""
    asked = wanted.to if isinstance(wanted.to, str) and wanted.people else ""
    return engine.parts.store.known(workflow_id, asked) if wanted.stored else Known(workflow_id, {})


def _recipient(known: Known, wanted: Wanted) -> Any:
    return known.subscriber or wanted.to if isinstance(wanted.to, str) else wanted.to


async def _beside(engine: Engine, rendered: Rendered, known: Known, wanted: Wanted, io: IO) -> JsonObject:
    """What else is to be told of a step that was rendered."""
    step_type = StepType(rendered.answer["type"])
    recipient = Recipient(rendered.subscriber, False, known.preferences, engine.parts.timezone)
    if step_type.is_channel:
        gates, channel = Gates(engine.parts, recipient), Channel(step_type.value)
        reason, rule = gates.closed(rendered.workflow, channel)
        told = reason and reason.value
        if told is None and wanted.people:
            told = await gates.suppressed(channel, io)
        closed = told and {"reason": told, "rule": rule and rule.value}
        mail = _posted(engine, rendered) if step_type is StepType.EMAIL and not rendered.answer["skipped"] else {}
        return {"closed": closed, **mail}
    if step_type not in WAITS or rendered.answer["skipped"]:
        return {}
    config, now = rendered.answer["output"], engine.parts.clock.now()
    due = due_of(step_type, config, rendered.payload, now, recipient.zone.key)
    if step_type is not StepType.THROTTLE:
        due = extended(rendered.workflow, recipient, config, due)
    return {"due_at": due.isoformat()}


def _posted(engine: Engine, rendered: Rendered) -> JsonObject:
    """The e-mail as it would be posted, to somebody where the subscriber has no address."""
    subscriber, step_id = rendered.subscriber, rendered.answer["step_id"]
    message = Message(
        channel=Channel.EMAIL,
        to=address_of(subscriber, Channel.EMAIL) or _NOBODY,
        subscriber=Subscriber.lenient(subscriber),
        content=rendered.answer["output"],
        idempotency_key=f"preview:{step_id}",
        execution_id="preview",
        step_id=step_id,
        workflow_id=rendered.workflow.workflow_id,
        created_at=engine.parts.clock.now(),
        unsubscribe_url=engine.parts.links.samples(rendered.workflow)["unsubscribe_url"] or None,
    )
    return mail_of(letter(engine.parts.router, message))
