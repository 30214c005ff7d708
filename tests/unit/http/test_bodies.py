"""Bodies that no store can hold are refused, with the place of the fault; escaped text that only looks so is not."""

from __future__ import annotations

import pytest

from novu_core.errors import RequestInvalidError
from novu_core.http.bodies import read_object
from novu_core.http.messages import Request


def read(body: str):
    return read_object(Request("POST", body=body.encode()), 100_000)


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (r'{"a": [1, "\u0000"]}', "/a/1", "U+0000"),
        (r'{"a": {"b": "x\ud800"}}', "/a/b", "surrogate"),
        (r'{"a": {"\uDFFF": 1}}', "/a", "surrogate"),
        ('{"a": 1e400}', "", "1e400"),
        ('{"a": -1e400}', "", "-1e400"),
        ('{"a": ' + "1" * 5000 + "}", "", "too many digits"),
        ('{"a": ' + "9" * 400 + "}", "", "too many digits"),
        ('{"a": [-' + "1" * 310 + "]}", "", "too many digits"),
        ('{"a": {"b": 18' + "0" * 307 + "}}", "", "too many digits"),
        ('{"a": NaN}', "", "NaN"),
    ],
)
def test_what_is_not_text_or_a_number_is_refused(body, path, message):
    with pytest.raises(RequestInvalidError) as caught:
        read(body)
    [fault] = caught.value.errors
    assert fault.path == path
    assert message in fault.message


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (r'{"a": "\\u0000"}', r"\u0000"),
        (r'{"a": "\ud83d\ude00"}', "\U0001f600"),
        ('{"a": "\U0001f600"}', "\U0001f600"),
        ('{"a": 1e300}', 1e300),
        ('{"a": 17' + "0" * 307 + "}", 17 * 10**307),
        ('{"a": -1' + "0" * 308 + "}", -(10**308)),
        ('{"a": "' + "1" * 400 + '"}', "1" * 400),
    ],
)
def test_pairs_and_escaped_backslashes_are_text(body, value):
    assert read(body) == {"a": value}
