"""Reads a request's body as a shape: what is required, and of which type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import pydantic
from pydantic.alias_generators import to_camel

from novu_core.client import Client
from novu_core.http.bodies import check_text, read_object
from novu_core.http.messages import Request
from novu_core.http.shapes.errors import Refusal, faulty
from novu_core.types import JsonObject


class Shape(pydantic.BaseModel):
    """The base of all shapes of bodies: camelCase on the wire, no conversions. What it does not name is ignored."""

    model_config = pydantic.ConfigDict(alias_generator=to_camel, strict=True, defer_build=True)


class OfClient(Protocol):
    """Whatever belongs to a client."""

    @property
    def client(self) -> Client:
        """The client, whose settings say how large a body may be."""
        ...


M = TypeVar("M", bound=pydantic.BaseModel)


def read(served: OfClient, request: Request, model: type[M], apart: str = "") -> M:
    """Return the body; one that is left out is an empty object.

    ``apart``: a list whose items are read by :func:`read_item`. Raises RequestTooLargeError, RequestInvalidError for
    what is not a JSON object, and Refusal, 422, for what does not have the shape.
    """
    return parsed(model, _object(served, request, apart))


def read_item(model: type[M], data: Any) -> M:
    """Return one item of a list in its shape. Raises Refusal, 422, and RequestInvalidError for what is not text."""
    check_text(data)
    return parsed(model, data)


def _object(served: OfClient, request: Request, apart: str) -> JsonObject:
    if not request.body and request.headers.get("content-length", "0") in ("", "0"):
        return {}
    return read_object(request, served.client.settings.max_body_bytes, apart)


def parsed(model: type[M], data: Any) -> M:
    """Return data in a shape. Raises Refusal, 422, that names every field that is wrong."""
    try:
        return model.model_validate(data)
    except pydantic.ValidationError as error:
        raise refused(error) from None


def refused(error: pydantic.ValidationError) -> Refusal:
    """Return the 422 for what pydantic found."""
    return faulty([_fault(fault) for fault in error.errors(include_url=False)])


def _fault(fault: Mapping[str, Any]) -> tuple[str, str, Any]:
    places = [part for part in fault["loc"] if not (isinstance(part, str) and ("[" in part or part in _KINDS))]
    field = ".".join(map(str, places)) or "body"
    value = None if fault["type"] == "missing" else fault["input"]
    return field, f"{field}: {fault['msg']}", value


_KINDS = frozenset({"str", "dict", "list", "bool", "int", "Member"})
"""What pydantic adds to a place for each member of a union."""
