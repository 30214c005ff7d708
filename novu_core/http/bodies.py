"""Reads JSON bodies within limits; every fault is a RequestInvalidError that says what is wrong."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from novu_core.codec import fault_of_text
from novu_core.errors import FieldError, RequestInvalidError, RequestTooLargeError
from novu_core.http.messages import Request
from novu_core.types import JsonObject

MAX_DEPTH = 64
MOST_RECIPIENTS = 100
"""How many recipients the body of a trigger may name; a topic counts as one."""
_HUGE = re.compile(rb"\d{309}")  # 1e308 has 309 digits
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def read_object(request: Request, limit: int, apart: str = "") -> JsonObject:
    """Return the body's JSON object. Raises RequestTooLargeError and RequestInvalidError.

    ``apart``: a field whose items the caller gives to :func:`check_text` one by one, so that none stops the others.
    """
    check_size(request, limit)
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media and media != "application/json" and not media.endswith("+json"):
        raise _invalid(f"has content type {media}; send application/json")
    if not request.body.strip():
        raise _invalid("is empty; send a JSON object")
    data = _parse(request.body)
    if not isinstance(data, dict):
        raise _invalid(f"is a JSON {_kind(data)}; send an object")
    if _SUSPECT.search(request.body):
        check_text({name: value for name, value in data.items() if name != apart})
    return data


def check_size(request: Request, limit: int) -> None:
    """Raise RequestTooLargeError for a body beyond ``limit``, and RequestInvalidError for one that was cut off."""
    declared = _declared(request)
    if max(declared or 0, len(request.body)) > limit:
        raise RequestTooLargeError(f"The body is larger than {limit} bytes (NOVU_MAX_BODY_BYTES).")
    if declared is not None and len(request.body) < declared:
        raise _invalid(f"has {len(request.body)} bytes, but Content-Length says {declared}: it was cut off")


def _declared(request: Request) -> int | None:
    length = request.headers.get("content-length", "")
    return int(length[:20]) if length.isascii() and length.isdigit() else None


def check_parameter(name: str, value: str) -> None:
    """Raise RequestInvalidError for a parameter of the path or the query that no store can hold."""
    fault = fault_of_text(value)
    if fault is not None:
        raise RequestInvalidError("The request is invalid.", [FieldError(f"/{name}", fault)])


def _parse(body: bytes) -> Any:
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        _check_depth(body)
    try:
        whole = _whole if _HUGE.search(body) else None  # a hook makes every integer of a body slower
        return json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite, parse_int=whole)
    except UnicodeDecodeError as error:
        raise _invalid(f"is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise _invalid(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:  # beyond a float, or of more digits than sys.get_int_max_str_digits()
        raise _invalid("contains a number with too many digits") from None
    except RecursionError:
        raise _invalid(f"is nested deeper than {MAX_DEPTH} levels") from None


def check_text(data: Any, path: str = "") -> None:
    """Raise RequestInvalidError for text within JSON data that no store can hold. ``path``: where the data stands."""
    fault = fault_of_text(data) if isinstance(data, str) else None
    if fault is not None:
        raise RequestInvalidError("The request is invalid.", [FieldError(path, fault)])
    if isinstance(data, list):
        for index, item in enumerate(data):
            check_text(item, f"{path}/{index}")
    if isinstance(data, dict):
        for key, item in data.items():
            check_text(key, path)
            check_text(item, f"{path}/{key}")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _invalid(f"contains {text[:40]}, which is too large for a number")
    return number


def _whole(text: str) -> int:
    if math.isinf(float(text)):
        raise ValueError(text)
    return int(text)


def _check_depth(body: bytes) -> None:
    depth, in_string, escaped = 0, False, False
    for byte in body:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _invalid(f"is nested deeper than {MAX_DEPTH} levels")
        elif byte in b"]}":
            depth -= 1


def _refuse(constant: str) -> Any:
    raise _invalid(f"contains {constant}, which is not JSON")


def _kind(data: Any) -> str:
    names = {list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(data), "null")


def _invalid(message: str) -> RequestInvalidError:
    return RequestInvalidError("The request is invalid.", [FieldError("", f"the body {message}")])
