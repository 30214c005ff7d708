"""A store with 100,000 runs: lists, filters and pages of it, and what a live page asks for."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from benchmarks.lists import TABLES
from benchmarks.stores import fill
from novu_core import Registry
from tests.browser.studio.conftest import said

MANY = 100_000
SLOW = 20_000
"""Milliseconds: a machine may be busy, and no list is asked to be fast here (the benchmarks do that)."""
COUNTS = {"novu_subscribers": 1000, "novu_executions": MANY, "novu_steps": MANY, "novu_messages": 1000}


@pytest.fixture
def studio(make_studio, tmp_path):
    registry = Registry()
    for name in ("w0", "w1", "rare"):

        @registry.workflow(name)
        def body(step):
            step.email("mail", {"subject": "s", "body": "b"})

    studio = make_studio(registry, store=f"sqlite:///{tmp_path}/novu.db")
    studio.client.executions.list()  # the store is made when it is first asked
    fill(studio.client, [(name, TABLES[name][0], TABLES[name][1](count)) for name, count in COUNTS.items()])
    return studio


def test_a_hundred_thousand_runs(studio, page, watch):
    page.set_default_timeout(SLOW)
    studio.open(page, "runs")
    rows = page.get_by_role("table", name="Runs").locator("tbody tr")
    expect(rows).to_have_count(50, timeout=SLOW)
    watch.until(lambda: any(request.response().status == 304 for request in watch.asked("/executions")[1:3]))
    for state, count in {"failed": 50, "waits for delay": 50, "merged": 50, "done": 50, "canceled": 0}.items():
        page.get_by_label("Status").select_option(state)
        expect(rows.locator(".badge")).to_have_text([state] * count, timeout=SLOW)
        expect(rows).to_have_count(count, timeout=SLOW)
    page.get_by_label("Status").select_option("failed")
    for _ in range(2):
        first = rows.first.get_by_role("link").get_attribute("href")
        page.get_by_role("link", name="Older").click()
        expect(rows.first.get_by_role("link")).not_to_have_attribute("href", first, timeout=SLOW)
        expect(rows).to_have_count(50)
    page.get_by_label("Workflow").select_option("rare")
    page.get_by_label("Status").select_option("")
    expect(rows).to_have_count(20, timeout=SLOW)
    page.get_by_label("Subscriber").fill("nobody")
    page.get_by_label("Subscriber").press("Enter")
    expect(page.get_by_text("No runs match.")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Clear the filters").click()
    expect(rows).to_have_count(50, timeout=SLOW)
    rows.first.get_by_role("link").click()
    expect(said(page)).not_to_be_empty(timeout=SLOW)
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("table", name="Needs attention")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("table", name="Waiting now")).to_contain_text("1000", timeout=SLOW)
    page.get_by_role("link", name="Messages").click()
    expect(page.get_by_role("list", name="Messages").get_by_role("link").first).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="Subscribers").click()
    people = page.get_by_role("table", name="Subscribers").locator("tbody tr")
    expect(people).to_have_count(50, timeout=SLOW)
    page.get_by_label("E-mail").fill("u100@example.org")
    page.get_by_label("E-mail").press("Enter")
    expect(people).to_have_count(1, timeout=SLOW)
