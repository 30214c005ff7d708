"""Answers that are asked for again and again: a 304 where nothing is new, and packed for whoever unpacks."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from typing import Any

from novu_core.codec import dumps
from novu_core.http.messages import JSON, Request, Response

_SMALL = 1400
"""What one packet holds: to pack less saves nothing."""
_PACKED = '-gzip"'


def tagged(request: Request, data: Any) -> Response:
    """Return data as JSON with an ETag of its content, or a 304 without content to who has the same already."""
    body = dumps(data).encode()
    return marked(request, body, lambda: body)


def marked(request: Request, told: bytes, body: Callable[[], bytes]) -> Response:
    """Return a body with an ETag of ``told``, which is another one for every other body, or a 304 as above.

    ``body`` is asked for only where it is sent. What is packed has a tag of its own.
    """
    mark = hashlib.sha256(told).hexdigest()[:32]
    tag, packed = f'"{mark}"', f'"{mark}{_PACKED}'
    for known in request.headers.get("if-none-match", "").split(","):
        if known.strip().removeprefix("W/") in (tag, packed):
            return Response(304, b"", {"etag": known.strip().removeprefix("W/"), "vary": "accept-encoding"})
    headers, sent = {"content-type": JSON, "etag": tag, "vary": "accept-encoding"}, body()
    if len(sent) <= _SMALL or not _unpacks(request):
        return Response(200, sent, headers)
    return Response(200, gzip.compress(sent, 1, mtime=0), {**headers, "etag": packed, "content-encoding": "gzip"})


def _unpacks(request: Request) -> bool:
    """Whether whoever asks takes gzip, as every browser says."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, quality = part.replace(" ", "").partition(";")
        if coding == "gzip":
            return quality not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
