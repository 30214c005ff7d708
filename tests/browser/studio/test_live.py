"""A page that stays open: it moves, rests while nobody sees it, and takes no more room in the morning."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from novu_core import Registry

POLLS = 30
"""How often each part of the night asks; what leaks at each poll is counted in whole nodes and listeners."""


@pytest.fixture
def studio(make_studio):
    registry = Registry()

    @registry.workflow("order")
    def order(payload, step):
        step.delay("pause", {"amount": 9, "unit": "hours"})
        step.in_app("bell", {"body": "b"})

    return make_studio(registry)


def counted(page):
    """How many nodes and listeners the page holds, once what nobody needs is gone."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return found["Nodes"], found["JSEventListeners"]


@pytest.mark.parametrize("view", ["runs", "runs/RUN"])
def test_a_page_that_is_open_all_night_takes_no_more_room(studio, page, view):
    runs = [studio.trigger("order", f"somebody-{number}") for number in range(5)]
    page.clock.install(time=studio.env.clock.now())
    page.goto(f"{studio.address}/api/novu/studio#/{view.replace('RUN', runs[0])}")
    expect(page.get_by_text("waits for delay").first).to_be_attached()
    room = []
    for part in range(3):
        for _ in range(POLLS):
            with page.expect_response("**/executions*/**" if "/" in view else "**/executions?*"):
                page.clock.run_for(2_000)
        if part < 2:  # something happens meanwhile, too
            studio.trigger("order", "somebody-else")
            studio.client.executions.cancel(runs[0]) if part == 0 else None
        room.append(counted(page))
    rows = 40  # of one run in the list
    assert room[2][0] <= room[1][0] + rows
    assert room[2][1] <= room[1][1] + 5
