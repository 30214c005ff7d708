"""Checks of what a definition declares; every message names the place and what to write instead."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from novu_core.definition.handlers import takes_argument
from novu_core.definition.placeholders import Placeholder
from novu_core.errors import DefinitionError
from novu_core.schedules.retry import Retry
from novu_core.types import OnError, StepType

if TYPE_CHECKING:
    from novu_core.definition.step_call import StepCall

E = TypeVar("E", bound=Enum)

_ON_PAST = ("fail", "send", "skip")
TEXT_AS_SKIP = "skip is a string, which is always true; pass True, False or a function, or use skip_condition."


def workflow_id(value: Any) -> str:
    """Return a workflow's id."""
    if not isinstance(value, str):
        raise DefinitionError(f'A workflow\'s id must be a string, as in @workflow("comment-on-post"), not {value!r}.')
    if not value.strip():
        raise DefinitionError('A workflow\'s id must not be blank; use one as in @workflow("comment-on-post").')
    _addressable(value, "Workflow id")
    return value


def step_id(call: StepCall) -> None:
    """Check a step's id."""
    if not isinstance(call.step_id, str):
        raise DefinitionError(f"A step's id must be a string, not {call.step_id!r}.")
    if isinstance(call.step_id, Placeholder):  # known only when the workflow runs
        return
    if not call.step_id.strip():
        raise DefinitionError(f"The id of a step of type {call.type} must not be blank.")
    _addressable(call.step_id, "Step id")


def _addressable(value: str, what: str) -> None:
    if re.search("[\x00-\x1f\x7f\ud800-\udfff]", value):
        raise DefinitionError(f"{what} {value!r} contains a control character or half of a surrogate pair.")
    if value in (".", ".."):
        raise DefinitionError(f"{what} {value!r} cannot be used: in a URL it means a folder. Choose another one.")


def member(enum: type[E], value: Any, field: str, where: str) -> E:
    """Return ``value`` as a member of ``enum``."""
    try:
        return enum(value)
    except ValueError:
        raise DefinitionError(
            f"{where}: {field} is {value!r}; use one of {', '.join(str(item) for item in enum)}."
        ) from None


def tags(given: Iterable[str], where: str) -> list[str]:
    """Return the tags as a list."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise DefinitionError(f"{where}: tags must be a list of strings, such as tags=['social'], not {given!r}.")
    found = list(given)
    for tag in found:
        if not isinstance(tag, str):
            raise DefinitionError(f"{where}: tags must be strings, not {tag!r}.")
    return found


def text(value: Any, field: str, where: str) -> str | None:
    """Return a text that may be absent."""
    if value is not None and not isinstance(value, str):
        raise DefinitionError(f"{where}: {field} must be a string, not {value!r}.")
    return value


def flag(value: Any, field: str, where: str) -> bool:
    """Return a bool."""
    if not isinstance(value, bool):
        raise DefinitionError(f"{where}: {field} must be True or False, not {value!r}.")
    return value


def no_generator(handler: Any, where: str) -> None:
    """Refuse a function with ``yield``: calling it would run nothing."""
    if inspect.isgeneratorfunction(handler) or inspect.isasyncgenfunction(handler):
        raise DefinitionError(
            f"{where}: its function contains `yield`, so none of it would run; call the steps without `yield`."
        )


def mapping(value: Any, field: str, where: str) -> Any:
    """Return a mapping that may be absent."""
    if value is not None and not isinstance(value, Mapping):
        raise DefinitionError(f"{where}: {field} must be a dict, not {value!r}.")
    return value


def retry(value: Any, where: str) -> Retry | None:
    """Return a Retry that may be absent."""
    if value is not None and not isinstance(value, Retry):
        raise DefinitionError(f"{where}: retry must be a Retry, such as retry=Retry(attempts=4), not {value!r}.")
    return value


def preferences(value: Any, where: str) -> Any:
    """Return a workflow's preferences. Unknown channels pass, as the peer ignores them (PROTOCOL section 4)."""
    fix = 'write {"all": {"enabled": True}, "channels": {"email": {"enabled": False}}}'
    given = mapping(value, "preferences", where) or {}
    unknown = given.keys() - {"all", "channels"}
    if unknown:
        raise DefinitionError(f"{where}: unknown preferences {', '.join(map(repr, sorted(unknown)))}; {fix}.")
    channels = mapping(given.get("channels"), "preferences' channels", where) or {}
    for name, rule in {"all": given.get("all"), **channels}.items():
        if rule is not None and not isinstance(rule, Mapping):
            raise DefinitionError(f"{where}: preferences of `{name}` must be a dict, not {rule!r}; {fix}.")
        if rule is not None and not isinstance(rule.get("enabled", True), bool | None):
            raise DefinitionError(f"{where}: `enabled` of `{name}` must be True or False, not {rule['enabled']!r}.")
    return value


def step(call: StepCall, where: str) -> None:
    """Raise DefinitionError for a step call that cannot work, whatever the data."""
    resolver = call.resolver
    if callable(resolver):
        takes_argument(resolver, "The resolver")
    elif not isinstance(resolver, Mapping):
        raise DefinitionError(f"the resolver must be a dict or a function that returns one, not {resolver!r}.")
    if callable(call.skip):
        takes_argument(call.skip, "skip")
    elif isinstance(call.skip, str) and not isinstance(call.skip, Placeholder):
        raise DefinitionError(TEXT_AS_SKIP)
    if call.on_error is not None:
        member(OnError, call.on_error, "on_error", where)
    retry(call.retry, where)
    if call.on_past not in _ON_PAST:
        raise DefinitionError(f"on_past is {call.on_past!r}; use one of {', '.join(_ON_PAST)}.")
    if "on_past" in call.given and call.type is not StepType.DELAY:
        raise DefinitionError("only a delay step takes on_past.")
    _template(call)
    for provider, override in (mapping(call.providers, "providers", where) or {}).items():
        if not callable(override) and not isinstance(override, Mapping):
            raise DefinitionError(
                f"the override for provider `{provider}` must be a dict or a function, not {override!r}."
            )


def _template(call: StepCall) -> None:
    for name, kind in (("template", str), ("context", Mapping)):
        value = getattr(call, name)
        if value is not None and not call.type.is_channel:
            raise DefinitionError(f"only channel steps take {name}; a step of type {call.type} renders nothing.")
        if callable(value):
            takes_argument(value, name)
        elif not isinstance(value, kind | None):
            raise DefinitionError(
                f"{name} must be a {'name' if kind is str else 'dict'} or a function of the controls, not {value!r}."
            )
