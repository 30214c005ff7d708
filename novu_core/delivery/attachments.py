"""Files that go with an e-mail: as a step gives them, as the store keeps them, and as providers read them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import mimetypes
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from novu_core.errors import FieldError
from novu_core.types import JsonObject

MAX_BYTES = 10_485_760
"""Bytes of all the attachments of an e-mail together, unless ``NOVU_MAX_ATTACHMENT_BYTES`` says otherwise."""
MAIL_OVERRIDES = ("nodemailer", "smtp")
"""The overrides that SMTP obeys, in this order: Novu's name for it, and ours, which wins."""
_SPELLINGS = {"file": "content", "mime": "type", "filename": "name", "contentType": "type", "contentId": "cid"}
"""Novu's names, and nodemailer's, for ours."""
_KEYS = ("content", "path", "name", "type", "cid")
_UNKNOWN = "application/octet-stream"
_WORD = r"[A-Za-z0-9!#$&^_.+-]{1,100}"
_TYPE = re.compile(rf"{_WORD}/{_WORD}(; ?{_WORD}={_WORD})*")
_CID = re.compile(r"(?!.*=\?)[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,200}")
_BAD_IN_NAME = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)


@dataclass(frozen=True)
class Attachment:
    """A file: its ``name``, its media ``type``, its bytes; ``cid`` where HTML shows it as ``<img src="cid:...">``."""

    name: str
    type: str
    content: bytes = field(repr=False)
    cid: str | None = None

    def to_json(self) -> JsonObject:
        """Return ``{name, type, content, cid?}``, the content as base64."""
        made = {"name": self.name, "type": self.type, "content": base64.b64encode(self.content).decode()}
        return made if self.cid is None else {**made, "cid": self.cid}


def attachments_of(content: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """Return the attachments of a message's content. Raises ValueError for what is none."""
    given = content.get("attachments")
    if not given:
        return ()
    if not isinstance(given, list):
        raise ValueError("attachments must be a list")
    return tuple(_parsed(item, MAX_BYTES, stored=True) for item in given)


def stored_attachments(
    given: object,
    limit: int,
    at: str = "/attachments",
    *,
    refuses: Callable[[Mapping[str, Any]], bool],
) -> tuple[list[JsonObject], list[FieldError]]:
    """Return the attachments of a step's output as the store keeps them, and what is wrong with them.

    A ``path`` is read here and now, as text only where ``refuses`` does not say that it comes from outside. ``limit``:
    bytes that they may have together. ``at``: where they stand.
    """
    if not isinstance(given, list | tuple):
        return [], [FieldError(at, "must be a list of attachments")]
    made: list[JsonObject] = []
    faults: list[FieldError] = []
    left, cids = limit, set[str]()
    for index, item in enumerate(given):
        try:
            if isinstance(item, Mapping) and isinstance(item.get("path"), str) and refuses(item):
                raise ValueError(
                    "`path` comes from outside your code, so it is not read; in your code, pass a pathlib.Path"
                )
            attachment = _parsed(item, left, stored=False)
            if attachment.cid in cids:
                raise ValueError(f"the cid {attachment.cid!r} is given twice")
        except _TooLarge:
            told = f"makes the attachments too large: the limit is {limit:,} bytes in all (NOVU_MAX_ATTACHMENT_BYTES)"
            return made, [*faults, FieldError(f"{at}/{index}", told)]
        except ValueError as error:
            faults.append(FieldError(f"{at}/{index}", str(error)))
        else:
            left -= len(attachment.content)
            cids.update(filter(None, [attachment.cid]))
            made.append(attachment.to_json())
    return made, faults


def described(content: JsonObject) -> JsonObject:
    """Return a content whose attachments say what they are (``size``, ``sha256``) in place of holding it."""
    made = content
    overrides = content.get("_providers") or {}
    own = {name: {**overrides[name], "attachments": _described(overrides[name])} for name in _holding(overrides)}
    if own:
        made = {**made, "_providers": {**overrides, **own}}
    return {**made, "attachments": _described(content)} if content.get("attachments") else made


def has_attachments(content: Mapping[str, Any]) -> bool:
    """Whether files go with a message, by its step or by an override for a provider."""
    return bool(content.get("attachments") or _holding(content.get("_providers") or {}))


def _holding(overrides: Mapping[str, Any]) -> list[str]:
    return [name for name in MAIL_OVERRIDES if (overrides.get(name) or {}).get("attachments")]


def _described(content: JsonObject) -> list[JsonObject]:
    return [
        {
            "name": attachment.name,
            "type": attachment.type,
            **({"cid": attachment.cid} if attachment.cid else {}),
            "size": len(attachment.content),
            "sha256": hashlib.sha256(attachment.content).hexdigest(),
        }
        for attachment in attachments_of(content)
    ]


class _TooLarge(ValueError):
    pass


def _parsed(item: object, limit: int, *, stored: bool) -> Attachment:
    if isinstance(item, Attachment):
        item = item.__dict__
    if not isinstance(item, Mapping):
        raise ValueError("must be an object with `content`, or with `path`")
    given: dict[str, Any] = {}
    for key, value in item.items():
        name = _SPELLINGS.get(key, key)
        if name not in _KEYS:
            raise ValueError(f"unknown key {str(key)[:40]!r}; use {', '.join(_KEYS)}. Nothing is fetched from a URL")
        if value is not None:
            if name in given:
                raise ValueError(f"`{name}` is given twice, also as {key!r}")
            given[name] = value
    if ("content" in given) == ("path" in given):
        raise ValueError("must have either `content` or `path`")
    if "path" in given:
        if stored:
            raise ValueError("`path` is read only when the step returns its output, not here")
        content, own_name = _read(given["path"], limit)
    else:
        content, own_name = _bytes(given["content"], encoded=stored or "file" in item), None
    if len(content) > limit and not stored:
        raise _TooLarge
    return Attachment(*_named(given, own_name), content, _cid(given.get("cid")))


def _bytes(given: object, *, encoded: bool) -> bytes:
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given)
    if not isinstance(given, str) or not encoded:
        raise ValueError(
            f"`content` must be bytes, not {type(given).__name__}; encode text (text.encode()), and pass base64 "
            "as `file`"
        )
    try:
        return base64.b64decode("".join(given.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("`file` must be bytes or base64") from None


def _read(given: object, limit: int) -> tuple[bytes, str]:
    if not isinstance(given, str | os.PathLike):
        raise ValueError(f"`path` must be a string or a pathlib.Path, not {type(given).__name__}")
    if isinstance(given, str) and _ADDRESS.match(given) and not os.path.exists(given):
        raise ValueError("`path` must be a file on this machine; nothing is fetched from a URL")
    path = Path(os.fsdecode(given))
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise ValueError(f"the path {str(path)!r} is not a file")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise ValueError(f"the path {str(path)!r} cannot be read: {error.strerror}") from None
    return content, path.name


def _named(given: Mapping[str, Any], own_name: str | None) -> tuple[str, str]:
    name, kind = given.get("name", own_name), given.get("type")
    if name is not None and (not isinstance(name, str) or not name.strip() or _BAD_IN_NAME.search(name)):
        raise ValueError("`name` must be one line of text")
    if kind is None:
        kind = (name and mimetypes.guess_type(name)[0]) or _UNKNOWN
        kind = _UNKNOWN if kind.startswith(("message/", "multipart/")) else kind
    elif not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise ValueError("`type` must be a media type, such as application/pdf")
    elif kind.lower().startswith(("message/", "multipart/")):
        raise ValueError(f"`type` {kind!r} is reserved for parts of an e-mail; use {_UNKNOWN}")
    name = name and name.strip()
    return name or f"attachment{mimetypes.guess_extension(kind.partition(';')[0]) or ''}", kind


def _cid(given: object) -> str | None:
    if given is None:
        return None
    bare = given.strip("<>") if isinstance(given, str) else ""
    if not _CID.fullmatch(bare):
        raise ValueError('`cid` must be a short word, such as "logo"')
    return bare
