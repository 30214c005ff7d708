"""What a page says to have the bell. The faces' ``novu_inbox`` hands over to this."""

from __future__ import annotations

import json
from collections.abc import Mapping

from markupsafe import Markup
from typing_extensions import TypedDict, Unpack

from novu_core.client import Client
from novu_core.errors import FieldError, ValidationError
from novu_core.inbox.script import SCRIPT

WORDS = ("title", "unread", "all", "dot", "archive", "more", "empty", "failed")
"""What the bell says; ``unread`` holds ``{count}``."""


class Options(TypedDict, total=False):
    """Attributes of the element. ``poll``: seconds between two polls where no socket stands."""

    limit: int
    poll: float
    lang: str
    placement: str
    archive: bool


def bell(
    client: Client,
    script: str,
    subscriber_id: str | int,
    *,
    words: Mapping[str, str] | None = None,
    nonce: str | None = None,
    **options: Unpack[Options],
) -> Markup:
    """Return the script and the element of a subscriber's bell, escaped.

    ``script``: where the page finds the component. ``words``: the bell's own in another language, any of ``WORDS``.
    ``nonce``: that of the page's Content-Security-Policy, where it has one. Whoever is not known yet is stored.
    Raises ValidationError for an id that is blank or None, and for words and options that the bell does not have;
    ConfigurationError where no secret signs its token.
    """
    _check("/words", words or {}, WORDS)
    _check("", options, Options.__annotations__)
    # apps' ids are often numbers, and those of subscribers are texts
    inbox = client.inbox(str(subscriber_id) if type(subscriber_id) is int else subscriber_id)  # type: ignore[arg-type]
    attributes: dict[str, object] = {
        "src": script.removesuffix(SCRIPT),
        "token": inbox.token(),
        "unread": inbox.unread().total,
        **options,
    }
    if words:
        attributes["words"] = json.dumps(dict(words), ensure_ascii=False)
    return Markup('<script type="module"{}></script><novu-inbox{}></novu-inbox>').format(
        _written({"src": script, "nonce": nonce}), _written(attributes)
    )


def _written(attributes: Mapping[str, object]) -> Markup:
    told = [
        (name, "" if value is True else value)
        for name, value in attributes.items()
        if value is not None and value is not False
    ]
    return Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in told)


def _check(place: str, given: Mapping[str, object], known: Mapping[str, object] | tuple[str, ...]) -> None:
    faults = [
        FieldError(f"{place}/{name}", f"is unknown; use {', '.join(known)}") for name in given if name not in known
    ]
    if faults:
        raise ValidationError("The call is invalid.", faults)
