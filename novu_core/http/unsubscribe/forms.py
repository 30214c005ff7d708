"""Reads the bodies of forms within limits: what a mail service posts for one click, and what the pages post."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from novu_core.codec import fault_of_text
from novu_core.errors import FieldError, RequestInvalidError
from novu_core.http.bodies import check_size
from novu_core.http.messages import Request

MOST_FIELDS = 10_000
_MULTIPART = "multipart/form-data"
_ENCODED = "application/x-www-form-urlencoded"
Fields = list[tuple[str, str]]


def read_form(request: Request, limit: int) -> Fields:
    """Return a form's fields in order, files left out. Raises RequestTooLargeError and RequestInvalidError.

    ``limit``: the most bytes that the body may have.
    """
    check_size(request, limit)
    media = request.headers.get("content-type", "")
    kind = media.partition(";")[0].strip().lower()
    if kind == _MULTIPART:
        fields = _parts(media, request.body)
    elif kind in ("", _ENCODED):
        fields = _pairs(request.body)
    else:
        raise _invalid(f"has content type {kind}; send {_ENCODED} or {_MULTIPART}")
    if len(fields) > MOST_FIELDS:
        raise _invalid(f"has more than {MOST_FIELDS} fields")
    if any(fault_of_text(text) for field in fields for text in field):
        raise _invalid("contains text that cannot be stored")
    return fields


def _pairs(body: bytes) -> Fields:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:  # not UTF-8, or too many fields
        raise _invalid("is not a form") from None


def _parts(media: str, body: bytes) -> Fields:
    """The parts of RFC 7578, which mail services are free to send."""
    head = f"Content-Type: {media}\r\n\r\n".encode("utf-8", "surrogateescape")
    found = BytesParser(policy=HTTP).parsebytes(head + body)
    if not found.is_multipart():
        raise _invalid("is not a form: it has no parts")
    return [(name, _text(part)) for part in found.iter_parts() if (name := _name(part)) is not None]


def _name(part: Message) -> str | None:
    if part.get_filename() is not None or part.is_multipart():
        return None
    name = part.get_param("name", header="content-disposition")
    return name if isinstance(name, str) else None


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    try:
        return content.decode() if isinstance(content, bytes) else ""
    except UnicodeDecodeError:
        raise _invalid("is not UTF-8") from None


def _invalid(message: str) -> RequestInvalidError:
    return RequestInvalidError("The request is invalid.", [FieldError("", f"the body {message}")])
