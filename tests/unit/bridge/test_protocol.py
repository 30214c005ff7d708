"""Errors and headers of the bridge, as the peer words and orders them."""

from __future__ import annotations

import pytest

from novu_core.bridge import errors, protocol
from novu_core.errors import FieldError, MethodNotAllowedError, NovuError, StepNotFoundError, WorkflowNotFoundError

FAULT = FieldError("/a", "must be string")
STATE = "Workflow with id: `w` has an invalid state. Step with id: `s` has "


class Teapot(Exception):
    def __init__(self, message, **attributes):
        super().__init__(message)
        self.__dict__.update(attributes)


@pytest.mark.parametrize(
    ("error", "status", "message", "data"),
    [
        (
            errors.InvalidActionError("bogus", protocol.GET_ACTIONS),
            400,
            "Invalid query string: `action`=`bogus`. Please use one of `discover`, `health-check`, `code`",
            None,
        ),
        (
            MethodNotAllowedError(protocol.METHOD_NOT_ALLOWED),
            405,
            "Method not allowed. Please use one of `POST`, `GET`, `OPTIONS`",
            None,
        ),
        (
            WorkflowNotFoundError("w"),
            404,
            "Workflow with id: `w` does not exist. Please provide a valid id.",
            None,
        ),
        (
            errors.ExecutionEventPayloadInvalidError("w", [FAULT]),
            400,
            "Workflow with id: `w` has invalid `payload`. Please provide the correct event payload.",
            [{"path": "/a", "message": "must be string"}],
        ),
        (
            errors.ExecutionEventPayloadInvalidError("w", {"message": "Event `payload` is required"}),
            400,
            "Workflow with id: `w` has invalid `payload`. Please provide the correct event payload.",
            {"message": "Event `payload` is required"},
        ),
        (
            errors.ExecutionStateControlInvalidError("w", "s", [FAULT]),
            400,
            STATE + "invalid `controls`. Please provide the correct step controls.",
            [{"path": "/a", "message": "must be string"}],
        ),
        (
            errors.ExecutionStateOutputInvalidError("w", "s", []),
            400,
            STATE + "invalid output. Please provide the correct step output.",
            [],
        ),
        (
            errors.ExecutionStateResultInvalidError("w", "s", []),
            400,
            STATE + "invalid result. Please provide the correct step result.",
            [],
        ),
        (
            errors.ExecutionStateCorruptError("w", "s"),
            400,
            "Workflow with id: `w` has a corrupt state. Step with id: `s` does not exist. "
            "Please provide the missing state.",
            {"workflowId": "w", "stepId": "s"},
        ),
        (
            errors.StepControlCompilationFailedError("w", "s", {"position": 3}),
            400,
            "Workflow with id: `w` has invalid controls syntax in step with id: `s`. "
            "Please correct step control syntax.",
            {"position": 3},
        ),
        (
            errors.StepExecutionFailedError("preview", "s", ValueError("boom")),
            502,
            "Failed to preview Step with id: `s`: boom",
            {"stack": "ValueError: boom"},
        ),
        (
            errors.ProviderExecutionFailedError("slack", {"a": 1, "b": ["x"]}),
            502,
            'Failed to execute Provider with id: `slack`: {\n  "a": 1,\n  "b": [\n    "x"\n  ]\n}',
            {"stack": "Failed to execute Provider with id: `slack`"},
        ),
        (errors.BridgeError("text"), 500, 'Unknown BridgeError: "text"', {"stack": "Unknown BridgeError"}),
        (errors.BridgeError(None), 500, "Unknown BridgeError", {"stack": "Unknown BridgeError"}),
        (errors.BridgeError(ValueError()), 500, "Unknown BridgeError", {"stack": "ValueError"}),
    ],
)
def test_the_wires_errors_are_worded_as_the_peers(error, status, message, data):
    body = {"message": message, "data": data, "code": type(error).__name__}
    assert protocol.error_body(error, expose=False) == (status, {k: v for k, v in body.items() if v is not None})
    assert type(error).__name__ in protocol.FRAMEWORK_CODES


def test_the_keys_stand_in_the_wires_order():
    _, body = protocol.error_body(errors.ExecutionStateCorruptError("w", "s"), expose=False)
    assert list(body) == ["message", "data", "code"]


@pytest.mark.parametrize("name", ["status_code", "statusCode"])
def test_a_4xx_of_the_users_keeps_its_own_code_and_data(name):
    error = Teapot("teapot", **{name: 418}, code="TEA", data={"a": 1})
    assert protocol.error_body(error, expose=False) == (418, {"message": "teapot", "data": {"a": 1}, "code": "TEA"})


def test_a_4xx_without_code_answers_without_code():
    assert protocol.error_body(Teapot("no", status_code=404), expose=False) == (404, {"message": "no"})


@pytest.mark.parametrize("status", [None, 200, 399, 500, 503, "404"])
def test_any_other_failure_is_a_bridge_error(status):
    error = Teapot("down", status_code=status, code="DOWN", data={"a": 1})
    assert protocol.error_body(error, expose=False) == (
        500,
        {"message": "Unknown BridgeError: down", "data": {"stack": "Teapot: down"}, "code": "BridgeError"},
    )


def test_a_framework_code_keeps_its_own_status_whoever_raised_it():
    error = Teapot("mine", statusCode=409, code="StepNotFoundError", data={"a": 1})
    assert protocol.is_framework_error(error)
    assert protocol.error_body(error, expose=False) == (
        409,
        {"message": "mine", "data": {"a": 1}, "code": "StepNotFoundError"},
    )
    assert protocol.is_framework_error(StepNotFoundError("s"))


@pytest.mark.parametrize("error", [NovuError("x"), Teapot("x", code=["StepNotFoundError"]), Teapot("x", code=404)])
def test_other_codes_are_not_the_frameworks(error):
    assert not protocol.is_framework_error(error)
    assert protocol.error_body(error, expose=False)[1]["code"] == "BridgeError"


def test_the_trace_is_shown_only_when_errors_are_exposed():
    def fail():
        raise RuntimeError("secret path")

    try:
        fail()
    except RuntimeError as caught:
        error = caught
    hidden = protocol.error_body(error, expose=False)[1]["data"]["stack"]
    shown = protocol.error_body(error, expose=True)[1]["data"]["stack"]
    assert hidden == "RuntimeError: secret path"
    assert "in fail" in shown
    assert __file__ in shown
    assert shown.endswith("RuntimeError: secret path")


def test_the_headers_are_the_recorded_ones():
    assert protocol.response_headers("flask", "0.1.0") == {
        "content-type": "application/json",
        "access-control-allow-origin": "*",
        "access-control-allow-private-network": "true",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "*",
        "access-control-max-age": "604800",
        "novu-framework-version": "2024-06-26",
        "novu-framework-sdk": "0.1.0",
        "novu-framework-server": "flask",
        "user-agent": "novu-framework:v0.1.0",
    }
