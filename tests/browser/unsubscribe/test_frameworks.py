"""The same pages served by FastAPI and Django."""

from __future__ import annotations

import importlib.util

import pytest
from playwright.sync_api import expect

from novu_core import Registry
from tests.browser.bell.test_frameworks import SERVED

SITE = "https://app.example.org"


@pytest.mark.parametrize("framework", SERVED)
def test_unsubscribing_and_choosing(framework, page):
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    registry = Registry()

    @registry.workflow("news", name="News")
    def news(step):
        step.email("mail", {"subject": "s", "body": "b"})

    with SERVED[framework](registry, public_url=SITE) as (client, address, _):
        page.goto(address + client.preferences.unsubscribe_url("ada", "news").removeprefix(SITE))
        page.get_by_role("button", name="Unsubscribe from “News”").click()
        expect(page.get_by_role("status")).to_have_text("You are unsubscribed")
        assert not client.preferences.decision("ada", "email", "news").enabled
        page.get_by_role("link", name="Manage your notifications").click()
        page.get_by_role("group", name="News").get_by_label("E-mail").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("Your preferences have been saved.")
        assert client.preferences.decision("ada", "email", "news").enabled
        page.goto("about:blank")
