"""Which status Novu's clients get for what was raised, and in which body."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from novu_core import errors
from novu_core.http.messages import Request
from novu_core.http.novu.errors import error_response
from novu_core.http.shapes.errors import Refusal, faulty, field_of, invalid

SERVED = SimpleNamespace(client=None, expose=False)


def answer(error, target="/api/novu/v2/topics?x=1"):
    found = error_response(SERVED, Request("GET", target=target), error)
    return found, json.loads(found.body)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.AuthenticationError("no"), 401), (errors.CrossSiteError("no"), 403), (errors.SubscriberNotFoundError("x"), 404),
        (errors.TopicNotFoundError("x"), 404), (errors.WorkflowNotFoundError("x"), 404), (errors.MethodNotAllowedError("no"), 405),
        (errors.KeptByNovuError("topics"), 405), (errors.RequestTooLargeError("big"), 413), (errors.ConflictError("no"), 400),
        (errors.WorkflowNotActiveError("w", "draft"), 400), (errors.InvalidTransitionError("no"), 400), (errors.RequestInvalidError("no"), 400),
        (errors.ValidationError("no"), 422), (errors.RecipientInvalidError("no"), 422), (errors.RemoteError("busy", 429), 400),
        (errors.RemoteError("slow", 408), 400), (errors.RemoteError("no", 422), 400), (errors.RemoteError("no", 401), 401),
        (errors.RemoteError("down", 502), 502), (errors.StoreError("away"), 500), (ValueError("x"), 500), (Refusal(409, "there"), 409),
    ],
    ids=lambda item: type(item).__name__ if isinstance(item, BaseException) else str(item),
)  # fmt: skip
def test_the_status_of_each_error(error, status):
    found, body = answer(error)
    assert (found.status, body["statusCode"], body["path"]) == (status, status, "/api/novu/v2/topics?x=1")
    assert {"timestamp", "message"} <= body.keys()
    assert ("errors" in body) == (status == 422)
    assert ("errorId" in body) == (status >= 500)
    assert (found.headers.get("www-authenticate") == "ApiKey") == isinstance(error, errors.AuthenticationError)


def test_no_error_of_ours_makes_the_clients_repeat_what_can_only_fail_again():
    for kind in vars(errors).values():
        if not (isinstance(kind, type) and issubclass(kind, errors.NovuError)) or kind.status_code >= 500:
            continue
        error = kind.__new__(kind)
        Exception.__init__(error, "text")
        error.message, error.errors = "text", []
        assert answer(error)[0].status in (400, 401, 403, 404, 405, 413, 422), kind


def test_a_validation_error_names_its_fields_with_dots():
    _, body = answer(
        errors.ValidationError("Bad.", [errors.FieldError("/to/0/email", "is odd"), errors.FieldError("", "is empty")])
    )
    assert body["errors"] == {"to.0.email": {"messages": ["is odd"]}, "body": {"messages": ["is empty"]}}
    assert "is odd" in body["message"]


def test_a_body_that_cannot_be_read_says_why():
    faults = [errors.FieldError("", "the body is empty"), errors.FieldError("/a/b", "contains U+0000")]
    assert answer(errors.RequestInvalidError("Bad.", faults))[1]["message"] == "the body is empty; a.b: contains U+0000"


def test_below_the_triggers_a_400_has_what_their_clients_read_of_one():
    for target in ("/api/novu/v1/events/trigger", "/api/novu/v1/events/trigger/bulk?x"):
        _, body = answer(errors.RequestInvalidError("Bad."), target)
        assert (body["type"], body["errors"]) == ("PAYLOAD_VALIDATION_ERROR", [])
    assert "type" not in answer(errors.RequestInvalidError("Bad."))[1]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(7, True), ("x", True), (True, True), ("x" * 201, False), ([1], False), ({}, False), (None, False)],
)
def test_values_are_shown_where_clients_can_read_them(value, shown):
    assert invalid("a", "m", value).more["errors"]["a"] == {"messages": ["m"], **({"value": value} if shown else {})}


def test_several_faults_of_a_field_stand_together():
    assert faulty([("a", "m", 1), ("a", "n", 1)]).more["errors"] == {"a": {"messages": ["m", "n"], "value": 1}}
    assert (field_of("/a/0/b"), field_of("")) == ("a.0.b", "")
