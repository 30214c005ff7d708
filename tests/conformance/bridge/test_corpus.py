"""Every recorded request, on every framework: what the peer answered is what we answer."""

from __future__ import annotations

import importlib.util

import pytest

from tests.conformance.bridge import apps, dsl, runner
from tests.conformance.bridge.differences import DELIBERATE
from tests.conformance.bridge.fake_api import fake_api

GOLDEN = runner.load("golden")["cases"]
# body-parser's own HTML page for malformed JSON is express's, not the protocol's; ours is tested with raw-malformed-*
CASES = [case for case in runner.load("cases") if "express-html" not in (case.get("normalize") or [])]


@pytest.fixture(scope="module")
def workflows():
    return dsl.build(runner.load("workflows"))


@pytest.fixture(scope="module", params=sorted(apps.FRAMEWORKS))
def send(request, workflows):
    if importlib.util.find_spec(request.param.split("-")[0]) is None:
        pytest.skip(f"{request.param} is not installed")
    with fake_api() as api_url, apps.sender(request.param, workflows, api_url) as send:
        yield send


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_answer_is_the_recorded_one(send, case):
    found = runner.differences(send, case, GOLDEN)
    if case["id"] in DELIBERATE:
        assert found, "this answer is the peer's now: take it off the list of deliberate differences"
        own = {case["id"]: {**GOLDEN[case["id"]], **DELIBERATE[case["id"]].answer, "engineText": False}}
        found = runner.differences(send, case, own)
    assert found == []


def test_the_deliberate_differences_are_few_and_are_cases():
    assert len(DELIBERATE) <= 12
    assert DELIBERATE.keys() <= {case["id"] for case in CASES}
    assert all(difference.reason for difference in DELIBERATE.values())
