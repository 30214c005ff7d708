"""Stored control values as the clients can read them."""

from __future__ import annotations

import pytest

from novu_core.http.novu.controls import shown_controls
from novu_core.types import StepType


@pytest.mark.parametrize(
    ("name", "readable", "unreadable"),
    [
        ("subject", ["x", ""], [7, None, ["x"], {"x": 1}, True]),
        ("amount", [7, 1.5, 0], ["7", True, None, [7]]),
        ("disableOutputSanitization", [True, False], [1, "true", None]),
        ("data", [{}, {"a": 1}], ["x", [1], None, 7]),
        ("editorType", [], ["html", "block", 7, None]),
        ("mine", ["x", 7, True, {"a": 1}, [1]], [None]),
    ],
)
def test_a_field_that_the_clients_know_must_have_its_type(name, readable, unreadable):
    for value in readable:
        assert shown_controls(StepType.SMS, {name: value}) == {name: value}
    for value in unreadable:
        assert shown_controls(StepType.SMS, {name: value}) == {}


def test_what_the_clients_cannot_do_without_is_always_there():
    assert shown_controls(StepType.EMAIL, {}) == {"subject": ""}
    assert shown_controls(StepType.EMAIL, {"subject": 7, "body": "b"}) == {"subject": "", "body": "b"}
    assert shown_controls(StepType.HTTP_REQUEST, {"url": 5}) == {"method": "GET", "url": ""}
    assert shown_controls(StepType.CUSTOM, {}) == {}
