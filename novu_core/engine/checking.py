"""Checks what a trigger brings, before anything is recorded, and the control values that people store."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from novu_core.codec import dumps, jsonable
from novu_core.definition.channels import EMPTY
from novu_core.definition.schema import Kept, Schema
from novu_core.definition.workflow import CommonTriggerOptions, Workflow
from novu_core.engine.inputs import checked_id, checked_objects, reason_of, with_stored_attachments
from novu_core.engine.parts import Parts
from novu_core.engine.recipients import Recipients, parse_recipients, parse_subscriber
from novu_core.errors import (
    ControlsInvalidError,
    FieldError,
    PayloadInvalidError,
    StepNotFoundError,
    ValidationError,
)
from novu_core.execution.controls import check_controls, laid_over
from novu_core.execution.outcome import ControlsSyntaxError
from novu_core.storage.masking import MASKED
from novu_core.types import JsonObject, Priority

LARGE = 65_536
"""Bytes. What is larger is not for many: it is stored with each run."""
MOST_LARGE = 10
"""How many recipients a trigger may have whose payload is large."""
_HIDDEN = f"is `{MASKED}`, which the history shows in place of a secret; pass the value itself"
_PRIORITIES = list(Priority)
_PRIORITY = f"must be one of {', '.join(Priority)}"


class Checking:
    """The checks of one client."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def trigger(
        self, workflow: Workflow, to: Any, payload: Any, options: CommonTriggerOptions
    ) -> tuple[Recipients, JsonObject, str]:
        """Return who is meant, what is recorded of the trigger, and its transaction id. Raises ValidationError."""
        recipients = parse_recipients(to)
        given = {name: options.get(name) for name in ("metadata", "overrides", "context", "controls")}
        try:
            kept = self.payload(workflow, payload)
        except PayloadInvalidError:
            self._refuse_hidden({"payload": _plain(payload)})  # says more than that dots are no number
            raise
        request: JsonObject = {"payload": kept.plain, **checked_objects(**given)}
        self._refuse_hidden(request)
        if kept.source is not None:
            request["source"] = kept.source
        self._trigger_controls(workflow, request["controls"])
        actor, transaction, wait = (options.get(name) for name in ("actor", "transaction_id", "wait"))
        if actor is not None:
            request["actor"] = parse_subscriber(actor)
        if wait not in (None, True, False):
            raise ValidationError("The trigger is invalid.", [FieldError("/wait", "must be true or false")])
        if (priority := options.get("priority")) is not None and priority not in _PRIORITIES:
            raise ValidationError("The trigger is invalid.", [FieldError("/priority", _PRIORITY)])
        if transaction is None:
            return recipients, request, self._parts.new_id()
        return recipients, request, checked_id(transaction, "/transaction_id")

    def embedded(
        self, workflow: Workflow, to: Any, payload: Any, options: CommonTriggerOptions
    ) -> tuple[Recipients, JsonObject, str]:
        """Do as :meth:`trigger`, keep the attachments of overrides, and refuse what is too large for every run."""
        overrides = with_stored_attachments(options.get("overrides"), self._parts.max_attachment_bytes)
        if overrides is not None:
            options = {**options, "overrides": overrides}
        recipients, request, transaction = self.trigger(workflow, to, payload, options)
        if recipients.fanouts or len(recipients.subscribers) > MOST_LARGE:
            size = len(dumps(request).encode("utf-8", "surrogatepass"))
            if size > LARGE:
                many = "a broadcast" if recipients.everyone else f"a topic, or for more than {MOST_LARGE} recipients"
                told = f"is too large for {many}: {size:,} bytes, with overrides, context and controls"
                told += f"; the limit is {LARGE:,}"
                raise ValidationError("The trigger is invalid.", [FieldError("/payload", told)])
        return recipients, request, transaction

    def _refuse_hidden(self, request: JsonObject) -> None:
        """Raise ValidationError for what the history hides: sent again, its dots would reach the subscriber."""
        faults = [FieldError(path, _HIDDEN) for path in self._parts.mask.left_in(request)]
        if faults:
            raise ValidationError("The trigger is invalid.", faults)

    def payload(self, workflow: Workflow, payload: Any) -> Kept:
        """Return the payload as JSON with defaults filled in. Raises PayloadInvalidError and DefinitionError."""
        given = {} if payload is None else payload
        try:
            schema = workflow.payload_schema
            kept = Kept(jsonable(given), None) if schema is None else Kept(*map(jsonable, schema.keep(given)))
        except ValidationError as error:
            raise PayloadInvalidError(_payload_text(workflow), error.errors) from None
        except (TypeError, ValueError, RecursionError) as error:
            raise PayloadInvalidError(_payload_text(workflow), [FieldError("", reason_of(error))]) from None
        if not isinstance(kept.plain, dict):
            raise PayloadInvalidError(_payload_text(workflow), [FieldError("", "must be object")])
        return kept

    def controls(
        self, workflow: Workflow, step_id: str | None, values: Any, stored: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """Raise ControlsInvalidError for what the control schema refuses or does not name (SEMANTICS, Controls).

        ``stored``: the values that these are laid over.
        """
        schema = _control_schema(workflow, step_id)
        what = f"Workflow `{workflow.workflow_id}`" + (f", step `{step_id}`" if step_id is not None else "")
        if not isinstance(values, Mapping):
            raise ControlsInvalidError(f"{what}: controls must be an object.", [FieldError("", "must be object")])
        if schema is None:
            faults = [FieldError(f"/{name}", "unknown field; there is no control schema") for name in values]
        else:
            from novu_core.execution.unknown_fields import unknown_fields  # loads JSON Schema, only when controls come

            faults = unknown_fields(schema.json_schema, values)
        if not faults and schema is not None:
            try:
                check_controls(schema.load(laid_over(stored, values))[1])
            except ValidationError as error:
                faults = list(error.errors)
            except ControlsSyntaxError as error:
                faults = [FieldError("", error.message)]
        if faults:
            raise ControlsInvalidError(f"{what}: the controls are invalid.", faults)

    @staticmethod
    def control_schema(workflow: Workflow, step_id: str | None) -> JsonObject:
        """Return the JSON Schema of a workflow's or a step's controls. Raises StepNotFoundError."""
        schema = _control_schema(workflow, step_id)
        return EMPTY if schema is None else schema.json_schema

    def _trigger_controls(self, workflow: Workflow, controls: JsonObject) -> None:
        steps = controls.get("steps") or {}
        if not isinstance(steps, dict):
            raise ControlsInvalidError("The trigger is invalid.", [FieldError("/controls/steps", "must be an object")])
        stored = self._parts.store.known(workflow.workflow_id, "").controls if controls else {}
        for step_id, values in steps.items():
            self.controls(workflow, step_id, values, stored.get(step_id, {}))
        own = {key: value for key, value in controls.items() if key != "steps"}
        if own:
            self.controls(workflow, None, own, stored.get("", {}))


def _control_schema(workflow: Workflow, step_id: str | None) -> Schema | None:
    if step_id is None:
        return workflow.control_schema
    steps = workflow.discover()
    if step_id not in steps:
        raise StepNotFoundError(step_id)
    return steps[step_id].control_schema


def _plain(payload: Any) -> Any:
    """Return the payload as JSON, or None: what is no JSON may contain itself, or compare like an array."""
    try:
        return jsonable(payload)
    except (TypeError, ValueError, RecursionError):
        return None


def _payload_text(workflow: Workflow) -> str:
    return f"Workflow with id: `{workflow.workflow_id}` has invalid `payload`. Please provide the correct payload."
