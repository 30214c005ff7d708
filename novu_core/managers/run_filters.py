"""Which runs of the history are meant: the checks of what lists and retries are asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import TypedDict, Unpack

from novu_core.clock import micros
from novu_core.errors import FieldError, ValidationError
from novu_core.records.ids import UNSET, Unset, checked_ids
from novu_core.storage.ids import first_id
from novu_core.types import ExecutionOutcome, ExecutionStatus, Text, WaitingFor

_SLACK = timedelta(milliseconds=100)
"""How far the time in a run's id may be from that of its creation: the clock is read for each of them."""
Filters = dict[str, Sequence[Any]]
NONE = "none"
"""What stands for the absence of an outcome, or of a wait."""


class RunFilters(TypedDict, total=False):
    """Which runs are meant; all of them must hold.

    ``workflow_id``, ``subscriber_id``, ``transaction_id``: None, or a blank one, is an error. ``status``, ``outcome``,
    ``waiting_for``: one of their words; of the last two ``none`` too, for runs without one. ``error_type``: the class
    of the error of a failed run; ``failed_step``: the step that made it fail. ``merged_into``: the run whose digest
    took them. ``since``, ``until``: when they were triggered, aware and inclusive.
    """

    workflow_id: str | Unset
    subscriber_id: str | Unset
    transaction_id: str | Unset
    merged_into: str | Unset
    error_type: str | Unset
    failed_step: str | Unset
    status: str | None
    outcome: str | None
    waiting_for: str | None
    since: datetime | None
    until: datetime | None


def run_filters(**given: Unpack[RunFilters]) -> Filters:
    """Return the filters of a list of runs. Raises ValidationError."""
    names = ("workflow_id", "subscriber_id", "transaction_id", "merged_into", "error_type", "failed_step")
    texts: dict[str, Any] = {name: given.get(name, UNSET) for name in names}
    filters: Filters = {name: [value] for name, value in checked_ids(**texts).items()}
    filters |= of_status(given.get("status"))
    for name, words in (("outcome", ExecutionOutcome), ("waiting_for", WaitingFor)):
        value: Any = given.get(name)
        if value == NONE:
            filters[f"no_{name}"] = [True]
        elif value is not None:
            filters[name] = [known_word(words, value, name, NONE)]
    return filters | of_time(given.get("since"), given.get("until"), ("/since", "/until"))


def of_status(status: str | None) -> Filters:
    """Return the filter of a status. Raises ValidationError for one that there is not."""
    return {} if status is None else {known_word(ExecutionStatus, status, "status"): [True]}


def known_word(kind: type[Text], word: str, name: str, *more: str) -> str:
    """Return one of the words of a kind. Raises ValidationError that names the filter, with ``more`` words for it."""
    known = [member.value for member in kind]
    if word not in known:
        told = f"must be one of {', '.join([*known, *more])}"
        raise ValidationError("The list is invalid.", [FieldError(f"/{name}", told)])
    return str(word)


def of_time(after: datetime | None, before: datetime | None, paths: tuple[str, str] = ("/after", "/before")) -> Filters:
    """The times twice: ids begin with the time, so that the index of ids leads there. Raises ValidationError."""
    filters: Filters = {}
    for name, moment, slack, path in (("from", after, -_SLACK, paths[0]), ("until", before, _SLACK, paths[1])):
        if moment is not None:
            given: Any = moment
            if not isinstance(given, datetime) or given.tzinfo is None:
                raise ValidationError("The list is invalid.", [FieldError(path, "must be an aware datetime")])
            filters[name] = [micros(given)]
            with contextlib.suppress(OverflowError):  # before 1970 and at the calendar's end there is no such id
                filters[f"id_{name}"] = [first_id(given + slack)]
    return filters
