"""An override for ``nodemailer``, Novu's name for plain SMTP, in an e-mail's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novu_core.types import JsonObject

_SAME = ("subject", "text", "html", "attachments")
_ADDRESSES = ("cc", "bcc", "replyTo", "from")


def from_nodemailer(override: Mapping[str, Any]) -> tuple[JsonObject, list[str]]:
    """Return an override of nodemailer's options as keys of an e-mail, and the options that have no such key."""
    made: JsonObject = {}
    headers: JsonObject = {}
    left: list[str] = []
    for name, value in override.items():
        if name in _ADDRESSES:
            made[name] = _addresses(value)
        elif name == "headers":
            headers |= _headers(value)
        elif name == "inReplyTo" and isinstance(value, str):
            headers["In-Reply-To"] = value
        elif name == "references" and isinstance(value, str | list):
            headers["References"] = value if isinstance(value, str) else " ".join(map(str, value))
        elif name == "envelope" and isinstance(value, Mapping) and value.keys() <= {"from"}:
            made["envelope_from"] = value.get("from")
        elif name in _SAME and (name == "attachments" or isinstance(value, str)):
            made[name] = value
        elif value:
            left.append(name)
    return ({**made, "headers": headers} if headers else made), left


def _addresses(value: Any) -> Any:
    """Addresses with ``email`` for nodemailer's ``address``."""
    if isinstance(value, list):
        return [_addresses(item) for item in value]
    if isinstance(value, Mapping):
        return {"email": value.get("address"), "name": value.get("name")}
    return value


def _headers(value: Any) -> JsonObject:
    """nodemailer takes a list of {key, value} too."""
    if isinstance(value, list):
        return {str(item.get("key")): item.get("value") for item in value if isinstance(item, Mapping)}
    return dict(value) if isinstance(value, Mapping) else {"": value}
